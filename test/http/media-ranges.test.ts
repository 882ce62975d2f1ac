import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { read, upload } from '../media/upload.ts'
import { openServer } from './harness.ts'

const server = openServer()
afterAll(() => server.close())

/** Plain text is kept as it is. */
const text = Array.from({ length: 1_000 }, (_, i) => i % 10).join('')
let url = ''
let etag = ''

beforeAll(async () => {
  const ann = await server.person('ann')
  url = (await upload(server, ann, text)).body.url as string
  etag = (await read(server, url)).headers.get('etag')!
})

describe('ranges', () => {
  const table: readonly (readonly [range: string, status: number, from?: number, to?: number])[] = [
    ['bytes=0-0', 206, 0, 1],
    ['bytes=0-99', 206, 0, 100],
    ['bytes=990-', 206, 990, 1_000],
    ['bytes=990-5000', 206, 990, 1_000],
    ['bytes=-10', 206, 990, 1_000],
    ['bytes=-5000', 206, 0, 1_000],
    ['bytes=0-999', 206, 0, 1_000],
    ['BYTES=5-6', 206, 5, 7],
    ['bytes=1000-', 416],
    ['bytes=1000-1001', 416],
    ['bytes=-0', 416],
    ['bytes=5-4', 200],
    ['bytes=', 200],
    ['bytes=-', 200],
    ['bytes=a-b', 200],
    ['bytes=0-1,5-6', 200],
    ['items=0-1', 200],
    ['bytes=0x1-2', 200],
    ['bytes=99999999999999999999-', 416],
    ['bytes=0-99999999999999999999', 206, 0, 1_000],
    ['bytes=-99999999999999999999', 206, 0, 1_000],
  ]
  for (const [range, status, from = 0, to = 1_000] of table) {
    test(`${range} is answered with ${status}`, async () => {
      const got = await read(server, url, { range })
      expect(got.status).toBe(status)
      if (status === 416) {
        expect(got.headers.get('content-range')).toBe('bytes */1000')
        expect(JSON.parse(got.bytes.toString()).code).toBe('range_not_satisfiable')
        return
      }
      expect(got.bytes.toString()).toBe(text.slice(from, to))
      expect(got.headers.get('content-length')).toBe(String(to - from))
      expect(got.headers.get('content-range')).toBe(status === 206 ? `bytes ${from}-${to - 1}/1000` : null)
      expect(got.headers.get('accept-ranges')).toBe('bytes')
    })
  }

  test('If-Range gives the rest of what one has, and the whole of anything else', async () => {
    const asked = { range: 'bytes=10-19' }
    expect((await read(server, url, { ...asked, 'if-range': etag })).status).toBe(206)
    for (const other of ['"other"', `W/${etag}`, 'Wed, 21 Oct 2015 07:28:00 GMT']) {
      const got = await read(server, url, { ...asked, 'if-range': other })
      expect([other, got.status, got.bytes.length]).toEqual([other, 200, 1_000])
    }
  })
})

describe('keeping what was read', () => {
  test('it may be kept for a day, privately, and never changes', async () => {
    const { headers } = await read(server, url)
    expect(headers.get('cache-control')).toBe('private, max-age=86400, immutable')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('set-cookie')).toBeNull()
  })

  test('If-None-Match is answered with 304', async () => {
    for (const named of [etag, `W/${etag}`, '*', `"a", ${etag}`]) {
      const got = await read(server, url, { 'if-none-match': named })
      expect([named, got.status, got.bytes.length]).toEqual([named, 304, 0])
      expect(got.headers.get('etag')).toBe(etag)
    }
    expect((await read(server, url, { 'if-none-match': '"other"' })).status).toBe(200)
  })

  test('HEAD tells the same without the bytes, whatever range', async () => {
    for (const headers of [{}, { range: 'bytes=0-9' }] as Record<string, string>[]) {
      const got = await fetch(`${server.url}${url}`, { method: 'HEAD', headers })
      expect(got.status).toBe(200)
      expect(got.headers.get('content-length')).toBe('1000')
      expect(got.headers.get('etag')).toBe(etag)
      expect(await got.text()).toBe('')
    }
  })

  test('needs no token, and knows nothing of other paths', async () => {
    for (const path of [
      '/media/1',
      `/media/${'0'.repeat(32)}`,
      `${url.toUpperCase()}`,
      `${url}x`,
      '/media/..%2f..%2fetc',
    ]) {
      expect([path, (await read(server, path)).status]).toEqual([path, 404])
    }
  })
})
