import { expect, test } from 'bun:test'
import { keyUrl } from '../../src/app-host.ts'
import { keySetBytesMax, keySetWithinMs } from '../../src/core/limits.ts'

async function failure(answer: () => Response): Promise<string> {
  const host = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer })
  try {
    return await keyUrl(`http://127.0.0.1:${host.port}/`)
      .read()
      .then(
        (text) => `read ${text.length}`,
        (error: Error) => error.message || error.name,
      )
  } finally {
    await host.stop(true)
  }
}

/** A body that sends `chunk` again and again, and then nothing more. */
function endless(chunk: string, times: number): ReadableStream {
  let sent = 0
  return new ReadableStream({
    async pull(controller) {
      if (sent++ < times) controller.enqueue(new TextEncoder().encode(chunk))
      else await new Promise(() => {})
    },
  })
}

test('a key set is read to its bound and no further, redirects are not followed, and silence ends', async () => {
  expect(await failure(() => new Response('x'.repeat(keySetBytesMax)))).toBe(`read ${keySetBytesMax}`)
  expect(await failure(() => new Response(endless('x'.repeat(100_000), 1_000)))).toContain(`${keySetBytesMax} bytes`)
  expect(await failure(() => Response.redirect('http://127.0.0.1:1/', 302))).toMatch(/redirect/i)
  expect(await failure(() => new Response('', { status: 404 }))).toContain('answers 404')
  const began = performance.now()
  expect(await failure(() => new Response(endless('x', 1)))).toMatch(/timed out|timeout/i)
  expect(performance.now() - began).toBeLessThan(keySetWithinMs + 2_000)
}, 20_000)
