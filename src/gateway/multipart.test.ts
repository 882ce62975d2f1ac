import { expect, test } from 'bun:test'
import { readForm } from './multipart.ts'

/** Full of what looks like the beginning of a boundary. */
const content = Buffer.from('\r\n--en\r\n--\r\r\n--enb\r\n\r\n-\r\n--e\r', 'latin1')
const form = Buffer.concat([
  Buffer.from('--end\r\nContent-Disposition: form-data; name="file"\r\n\r\n'),
  content,
  Buffer.from('\r\n--end\r\nContent-Disposition: form-data; name="description"\r\n\r\nA gull\r\n--end--\r\n'),
])

async function read(pieces: readonly Uint8Array[]): Promise<Record<string, string>> {
  const parts: Record<string, Buffer[]> = {}
  async function* chunks() {
    yield* pieces
  }
  await readForm(chunks(), 'end', ({ name }) => {
    const part: Buffer[] = []
    parts[name] = part
    return async (bytes) => void part.push(Buffer.from(bytes))
  })
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, Buffer.concat(part).toString('latin1')]))
}

test('wherever a form is cut on its way, its parts are whole', async () => {
  const expected = { file: content.toString('latin1'), description: 'A gull' }
  for (let length = 1; length <= form.length; length++) {
    const pieces = Array.from({ length: Math.ceil(form.length / length) }, (_, i) =>
      form.subarray(i * length, (i + 1) * length),
    )
    expect(await read(pieces)).toEqual(expected)
  }
  for (let at = 1; at < form.length; at++) {
    expect(await read([form.subarray(0, at), form.subarray(at)])).toEqual(expected)
  }
})
