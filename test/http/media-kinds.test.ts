import { afterAll, describe, expect, test } from 'bun:test'
import { heif } from '../media/heif.ts'
import { chunk, exif, gif, jpeg, moving, png, webp, withExif, withSegment } from '../media/samples.ts'
import { mp3, mp4, ogg, secret, wav, webm, webmSound } from '../media/streams.ts'
import { read, upload } from '../media/upload.ts'
import { openServer } from './harness.ts'

const server = openServer()
afterAll(() => server.close())
const ann = await server.person('ann')

/** Uploads, and looks at what came of it. */
async function kept(file: Uint8Array | string, fileName?: string) {
  const { status, body } = await upload(server, ann, file, fileName === undefined ? {} : { fileName })
  expect([status, body.detail]).toEqual([201, undefined])
  return { body, ...(await read(server, body.url as string)) }
}

describe('pictures', () => {
  test('a JPEG loses EXIF, XMP, comments and what follows it, and keeps its pixels as they are', async () => {
    const plain = await jpeg(120, 80)
    const profile = Buffer.from('ICC_PROFILE\0\x01\x01profile', 'latin1')
    const coloured = withSegment(plain, 0xe2, profile)
    const private_ = withSegment(
      withSegment(withExif(coloured, 1), 0xfe, Buffer.from(secret)),
      0xe1,
      Buffer.from(`http://ns.adobe.com/xap/1.0/\0${secret}`),
    )
    const { body, bytes, headers } = await kept(Buffer.concat([private_, Buffer.from(secret)]), 'holiday.png')
    expect(body).toMatchObject({ type: 'image', width: 120, height: 80 })
    expect(headers.get('content-type')).toBe('image/jpeg')
    expect(bytes.equals(coloured)).toBe(true)
  })

  test('each orientation is shown upright', async () => {
    // Red above on the left, green below, blue at the right.
    const file = await jpeg(64, 32, (x, y) =>
      x > 40 ? [0, 0, 255, 255] : y < 16 ? [255, 0, 0, 255] : [0, 255, 0, 255],
    )
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const { body, bytes } = await kept(withExif(file, orientation))
      const turned = orientation > 4
      expect([orientation, body.width, body.height]).toEqual(turned ? [orientation, 32, 64] : [orientation, 64, 32])
      expect(bytes.includes('Exif')).toBe(false)
      const expected = await new Bun.Image(withExif(file, orientation)).png().bytes()
      expect(await difference(expected, await new Bun.Image(bytes).png().bytes())).toBeLessThan(4)
    }
  })

  test('HEIC and AVIF are files, and lose EXIF and XMP too', async () => {
    const pixels = Buffer.alloc(500, 0x5a)
    for (const brand of ['heic', 'mif1', 'avif']) {
      const file = heif(brand, [
        { type: 'hvc1', data: pixels },
        { type: 'Exif', data: Buffer.concat([Buffer.alloc(4), exif(6), Buffer.from(secret)]) },
        { type: 'mime', data: Buffer.from(`<x:xmpmeta>${secret}</x:xmpmeta>`), inside: true },
        { type: 'hvc1', data: pixels, inside: true },
      ])
      expect(file.includes(secret)).toBe(true)
      const { body, bytes } = await kept(file, 'IMG_0001.HEIC')
      expect([body.type, bytes.length]).toEqual(['file', file.length])
      for (const trace of ['GPS', secret, 'xmpmeta']) expect(bytes.includes(trace)).toBe(false)
      // Emptied where they lay: all else stands where the file says.
      expect(bytes.indexOf(pixels)).toBe(file.indexOf(pixels))
      expect(bytes.lastIndexOf(pixels)).toBe(file.lastIndexOf(pixels))
      expect(bytes.includes('MM\0*\0\0\0\x08\0\0\0\0\0\0')).toBe(true)
    }
  })

  test('a WebP loses EXIF and XMP, and is turned upright', async () => {
    const colour = (x: number) => (x < 8 ? ([255, 0, 0, 255] as const) : ([0, 0, 255, 255] as const))
    const file = await webp(32, 16, colour)
    const extended = withWebpChunks(file, 32, 16, [
      ['EXIF', exif(6)],
      ['XMP ', Buffer.from(secret)],
    ])
    const { body, bytes } = await kept(extended)
    expect([body.width, body.height]).toEqual([16, 32])
    for (const trace of ['EXIF', 'XMP ', 'GPS', secret]) expect(bytes.includes(trace)).toBe(false)
    const expected = await new Bun.Image(file).rotate(90).png().bytes()
    expect(await difference(expected, await new Bun.Image(bytes).png().bytes())).toBeLessThan(8)
  })

  test('a PNG is turned upright', async () => {
    const colour = (x: number, y: number) => [x < 8 ? 255 : 0, y < 8 ? 255 : 0, 0, 255] as const
    const turned = { 1: 0, 3: 180, 6: 90, 8: 270 }
    for (const [orientation, degrees] of Object.entries(turned)) {
      const { body, bytes } = await kept(png(32, 16, colour, [chunk('eXIf', exif(Number(orientation)))]))
      expect([body.width, body.height]).toEqual(degrees % 180 === 0 ? [32, 16] : [16, 32])
      for (const trace of ['eXIf', 'GPS']) expect(bytes.includes(trace)).toBe(false)
      const upright = new Bun.Image(png(32, 16, colour))
      const expected = await (degrees === 0 ? upright : upright.rotate(degrees)).png().bytes()
      expect(await difference(expected, bytes)).toBe(0)
    }
  })

  test('a PNG loses its texts and times, moving ones go on moving', async () => {
    const told = [
      chunk('tEXt', Buffer.from(`Comment\0${secret}`)),
      chunk('eXIf', exif(1)),
      chunk('tIME', Buffer.alloc(7)),
    ]
    const plain = png(50, 40)
    const { bytes, body } = await kept(Buffer.concat([png(50, 40, undefined, told), Buffer.from(secret)]))
    expect(bytes.equals(plain)).toBe(true)
    expect(body).toMatchObject({ type: 'image', width: 50, height: 40 })
    const control = Buffer.alloc(8)
    control.writeUInt32BE(2, 0)
    const animated = png(50, 40, undefined, [chunk('acTL', control)])
    expect((await kept(animated)).bytes.equals(animated)).toBe(true)
  })

  test('a GIF keeps its frames and how it loops, and nothing else that is told', async () => {
    const plain = gif(20, 10, 3)
    const { bytes, body, headers } = await kept(gif(20, 10, 3, [comment(secret), application('XMP DataXMP', secret)]))
    expect(bytes.equals(plain)).toBe(true)
    expect(headers.get('content-type')).toBe('image/gif')
    expect(body).toMatchObject({ type: 'image', width: 20, height: 10, previewUrl: `/media/${body.id}/preview` })
  })

  test('a moving WebP keeps its frames', async () => {
    const file = await moving(24, 24, 3)
    const { bytes } = await kept(withWebpChunks(file, 24, 24, [['XMP ', Buffer.from(secret)]], false))
    expect(bytes.toString('latin1').split('ANMF')).toHaveLength(4)
    expect(bytes.includes(secret)).toBe(false)
  })

  test('the preview is at most 640 pixels wide or high, and never larger than the picture', async () => {
    for (const [width, height, small] of [
      [1_600, 400, [640, 160]],
      [300, 900, [213, 640]],
      [10, 5, [10, 5]],
    ] as const) {
      const { body } = await kept(await jpeg(width, height))
      const preview = await read(server, body.previewUrl as string)
      expect(preview.headers.get('content-type')).toBe('image/webp')
      const size = await new Bun.Image(preview.bytes).metadata()
      expect([size.format as string, size.width, size.height]).toEqual(['webp', ...small])
    }
  })
})

describe('sounds and videos', () => {
  const samples = [
    ['mp4', mp4, { type: 'video', width: 320, height: 180 }, 'video/mp4'],
    ['webm', webm, { type: 'video', width: 320, height: 180 }, 'video/webm'],
    ['webm that only sounds', webmSound, { type: 'audio' }, 'audio/webm'],
    ['ogg', ogg, { type: 'audio' }, 'audio/ogg'],
    ['wav', wav, { type: 'audio' }, 'audio/wav'],
    ['mp3', mp3, { type: 'audio' }, 'audio/mpeg'],
  ] as const
  for (const [name, make, told, contentType] of samples) {
    test(`${name}: size and length are told, tags are gone`, async () => {
      const file = await make()
      expect(file.includes(secret)).toBe(true)
      const { body, bytes, headers } = await kept(file, 'song.jpg')
      expect(body).toMatchObject(told)
      // Of a last frame a format need not tell how long it is.
      const seconds = told.type === 'video' ? 2 : 1
      expect(Math.abs((body.duration as number) - seconds)).toBeLessThan(0.06)
      expect(headers.get('content-type')).toBe(contentType)
      expect(headers.get('content-disposition')).toBe('inline')
      expect(bytes.includes(secret)).toBe(false)
      expect(bytes.length).toBeGreaterThan(1_000)
      // What was kept is taken once more, as it is.
      expect((await kept(bytes)).body).toMatchObject(told)
    })
  }
})

describe('all else', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
  const html = '<!doctype html><script>alert(1)</script>'
  for (const [name, file, fileName] of [
    ['SVG under a picture’s name', svg, 'a.png'],
    ['HTML under a picture’s name', html, 'a.jpg'],
    ['a PDF', '%PDF-1.7\n', 'a.pdf'],
    ['a single byte', 'x', 'a.gif'],
    ['a HEIC', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'a.heic'],
  ] as const) {
    test(`${name} is only downloaded, and nothing of it can run`, async () => {
      const { body, bytes, headers } = await kept(file, fileName)
      expect(body.type).toBe('file')
      expect(body.previewUrl).toBeUndefined()
      expect(headers.get('content-type')).toBe('application/octet-stream')
      expect(headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${fileName}`)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
      expect(bytes.equals(Buffer.from(file))).toBe(true)
      expect((await server.ask('GET', `/media/${body.id}/preview`)).status).toBe(404)
    })
  }

  test('a picture that is a page as well is served as a picture, without the page', async () => {
    const file = withSegment(await jpeg(8, 8), 0xfe, Buffer.from(html))
    const { bytes, headers } = await kept(Buffer.concat([file, Buffer.from(html)]), 'a.html')
    expect(headers.get('content-type')).toBe('image/jpeg')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(bytes.includes('script')).toBe(false)
  })

  test('names with paths, signs and directions of writing are harmless', async () => {
    for (const [given, called] of [
      ['../../../etc/passwd', 'passwd'],
      ['C:\\Windows\\evil.exe', 'evil.exe'],
      ['.htaccess', 'htaccess'],
      ['a\u202Egpj.exe', 'agpj.exe'],
      ['ein “Bericht”.pdf', 'ein%20%E2%80%9CBericht%E2%80%9D.pdf'],
      [`${'x'.repeat(300)}.tar.gz`, `${'x'.repeat(77)}.gz`],
    ] as const) {
      const { headers } = await kept('plain text', given)
      expect(headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${called}`)
    }
  })
})

/** By how much the channels of two pictures of one size differ, on average. */
async function difference(a: Uint8Array, b: Uint8Array): Promise<number> {
  const { pixelsOf } = await import('../../src/engines/uploads/png.ts')
  const [one, other] = [pixelsOf(Buffer.from(a)), pixelsOf(Buffer.from(b))]
  expect([one.width, one.height]).toEqual([other.width, other.height])
  return one.pixels.reduce((sum, value, i) => sum + Math.abs(value - other.pixels[i]!), 0) / one.pixels.length
}

const block = (text: string) => Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')])
const comment = (text: string) => Buffer.concat([Buffer.of(0x21, 0xfe), block(text), Buffer.of(0)])
const application = (name: string, text: string) =>
  Buffer.concat([Buffer.of(0x21, 0xff), block(name), block(text), Buffer.of(0)])

/** The WebP with its header of extended form, where it has none, and these chunks at its end. */
function withWebpChunks(file: Buffer, width: number, height: number, more: [string, Buffer][], simple = true): Buffer {
  const part = (type: string, data: Buffer) => {
    const head = Buffer.alloc(8)
    head.write(type, 0, 'latin1')
    head.writeUInt32LE(data.length, 4)
    return Buffer.concat([head, data, Buffer.alloc(data.length & 1)])
  }
  const header = Buffer.alloc(10)
  header[0] = 0x0c
  header.writeUIntLE(width - 1, 4, 3)
  header.writeUIntLE(height - 1, 7, 3)
  const parts = [
    ...(simple ? [part('VP8X', header)] : []),
    file.subarray(12),
    ...more.map(([type, data]) => part(type, data)),
  ]
  return part('RIFF', Buffer.concat([Buffer.from('WEBP'), ...parts]))
}
