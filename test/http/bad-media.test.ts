import { afterAll, describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { heif } from '../media/heif.ts'
import { gif, jpeg, moving, png, pngHead, webp } from '../media/samples.ts'
import { mp4, ogg, webm } from '../media/streams.ts'
import { form, type Named, upload } from '../media/upload.ts'
import { type Asked, openServer } from './harness.ts'

const server = openServer({ mediaBytesMax: 200_000 })
afterAll(() => server.close())
const ann = await server.person('ann')

async function refused(asked: Asked): Promise<unknown[]> {
  const { status, body } = await server.ask('POST', '/media', { ...asked, token: ann.token })
  return [status, body.code, body.field]
}
const refusedFile = async (file: Uint8Array | string, named?: Named) => refused(form(file, named))

/** A form written by hand. */
function raw(body: string | Uint8Array | ReadableStream, type = 'multipart/form-data; boundary=b'): Asked {
  return { raw: body, headers: { 'content-type': type } }
}
const part = (head: string, text: string) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text}\r\n`

describe('[D4] pictures that are none', () => {
  const cut = (file: Buffer, by: number) => file.subarray(0, file.length - by)
  const cases: Record<string, () => Buffer | Promise<Buffer>> = {
    'a JPEG without its end': async () => cut(await jpeg(200, 200), 2),
    'half a JPEG': async () => cut(await jpeg(200, 200), 3_000),
    'the first eight bytes of a JPEG': async () => (await jpeg(64, 64)).subarray(0, 8),
    'a JPEG of three bytes': () => Buffer.from('ffd8ff', 'hex'),
    'a HEIC whose EXIF lies behind its end': () => {
      const file = heif('heic', [{ type: 'Exif', data: Buffer.alloc(100) }])
      return file.subarray(0, file.length - 50)
    },
    'a HEIC whose list ends in itself': () => {
      const file = heif('heic', [{ type: 'Exif', data: Buffer.alloc(100) }])
      file.writeUInt16BE(60_000, file.indexOf('iloc') + 10)
      return file
    },
    'a HEIC of nothing but boxes': () =>
      Buffer.concat([heif('heic', []), Buffer.alloc(160_000, Buffer.from('0000000866726565', 'hex'))]),
    'a HEIC whose parts lie in many places that take no room in its list': () => {
      const file = heif('heic', [{ type: 'Exif', data: Buffer.alloc(100) }])
      const iloc = file.indexOf('iloc')
      file.writeUInt16BE(0, iloc + 8)
      file.writeUInt16BE(60_000, iloc + 18)
      return file
    },
    'a JPEG that ends in a segment': async () => (await jpeg(64, 64)).subarray(0, 100),
    'a JPEG of nothing but ends': () => Buffer.from('ffd8ffd9ffd9ffd9ffd9ffd9', 'hex'),
    'a JPEG of noise': () => Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.alloc(500, 7)]),
    'a PNG without its end': () => cut(png(50, 50), 12),
    'half a PNG': () => cut(png(50, 50), 200),
    'a PNG of a header alone': () => pngHead(10, 10),
    'a PNG whose header’s checksum is wrong': () => {
      const file = png(50, 50)
      file[29] = file[29]! ^ 1
      return file
    },
    'a PNG whose pixels are noise': () => {
      const file = png(50, 50)
      file.fill(0xaa, 60, 200)
      return file
    },
    'a GIF without its end': () => cut(gif(10, 10, 2), 1),
    'a GIF without a frame': () => gif(10, 10, 0),
    'a WebP cut short': async () => cut(await webp(50, 50), 10),
    'a moving WebP cut short': async () => cut(await moving(20, 20, 3), 30),
    'a PNG of no pixels': () => Buffer.concat([pngHead(0, 10), png(1, 1).subarray(33)]),
    'a PNG of 20,000 × 20,000': () => Buffer.concat([pngHead(20_000, 20_000), png(1, 1).subarray(33)]),
    'a PNG of 2³¹ pixels a side': () => Buffer.concat([pngHead(0x7fffffff, 0x7fffffff), png(1, 1).subarray(33)]),
    'a GIF of 60,000 × 60,000': () => {
      const file = gif(10, 10, 1)
      file.writeUInt16LE(60_000, 6)
      file.writeUInt16LE(60_000, 8)
      return file
    },
    'a GIF of 3,000 frames': () => gif(1, 1, 3_000),
  }
  for (const [name, make] of Object.entries(cases)) {
    test(name, async () => {
      const began = performance.now()
      expect(await refusedFile(await make(), { fileName: 'a.jpg' })).toEqual([422, 'invalid', 'file'])
      // By its header: nothing was decoded.
      expect(performance.now() - began).toBeLessThan(2_000)
    })
  }
})

describe('[D4] sounds and videos that are none', () => {
  const cases: Record<string, () => Promise<Buffer>> = {
    'an MP4 without its index': async () => {
      const file = await mp4()
      return file.subarray(0, 100)
    },
    'an MP4 of a first box alone': async () => Buffer.from('\0\0\0\x14ftypisom\0\0\0\0isom', 'latin1'),
    'a WebM of a header alone': async () => (await webm()).subarray(0, 64),
    'an Ogg of noise': async () => Buffer.concat([Buffer.from('OggS'), Buffer.alloc(2_000, 1)]),
    'an Ogg of its first page': async () => (await ogg()).subarray(0, 47),
    'an MP3 of tags alone': async () =>
      Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\0\x0a', 'latin1'), Buffer.alloc(40)]),
    'a WAV of noise': async () => Buffer.concat([Buffer.from('RIFF\xff\xff\0\0WAVE', 'latin1'), Buffer.alloc(100, 3)]),
  }
  for (const [name, make] of Object.entries(cases)) {
    test(name, async () => expect(await refusedFile(await make())).toEqual([422, 'invalid', 'file']))
  }
})

describe('[D4] forms', () => {
  test('zero bytes', async () => expect(await refusedFile('')).toEqual([422, 'invalid', 'file']))

  test('no file', async () => {
    expect(await refused(raw(`${part('name="description"', 'a')}--b--`))).toEqual([422, 'invalid', 'file'])
    expect(await refused(raw('--b--'))).toEqual([422, 'invalid', 'file'])
  })

  test('two files', async () => {
    const two = part('name="file"; filename="a"', 'a') + part('name="file"; filename="b"', 'b')
    expect(await refused(raw(`${two}--b--`))).toEqual([422, 'invalid', 'file'])
  })

  test('too large, told by its length and before it is read', async () => {
    expect(await refusedFile('x'.repeat(200_001))).toEqual([413, 'too_large', 'file'])
    expect(await refusedFile('x'.repeat(400_000))).toEqual([413, 'too_large', 'file'])
    expect((await upload(server, ann, 'x'.repeat(200_000))).status).toBe(201)
  })

  test('too large, its length untold: refused long before its end', async () => {
    let pulled = 0
    const endless = new ReadableStream({
      async pull(controller) {
        // The server is of this process, and has its turn between two pieces.
        await new Promise(setImmediate)
        if (pulled++ === 0)
          controller.enqueue(Buffer.from('--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n'))
        else controller.enqueue(Buffer.alloc(10_000, 65))
      },
    })
    expect(await refused(raw(endless))).toEqual([413, 'too_large', 'file'])
    expect(pulled).toBeLessThan(1_000)
  })

  for (const [name, description] of [
    ['too long', 'x'.repeat(1_501)],
    ['far too long', 'x'.repeat(60_000)],
    ['with a control character', 'a\u0007b'],
    ['with a C1 control', 'a\u0085b'],
  ] as const) {
    test(`a description ${name}`, async () => {
      expect(await refusedFile('a', { description })).toEqual([422, 'invalid', 'description'])
    })
  }

  test('a description that is no UTF-8', async () => {
    const body = Buffer.from(`${part('name="description"', 'a\xff')}${part('name="file"', 'a')}--b--`, 'latin1')
    expect(await refused(raw(body))).toEqual([422, 'invalid', 'description'])
  })

  test('a description of 1,500 characters, lines and all, is kept', async () => {
    const description = `${'€'.repeat(1_490)}\n🐦\tline`
    expect((await upload(server, ann, 'a', { description })).body.description).toBe(description)
  })

  for (const [name, body] of [
    ['nothing', ''],
    ['no boundary at all', 'hello'],
    ['a part that does not end', part('name="file"', 'a')],
    ['a head that does not end', '--b\r\nContent-Disposition: form-data; name="file"'],
    ['a head of 20 KB', part(`name="${'x'.repeat(20_000)}"`, 'a')],
    ['a part without a name', `${part('filename="a"', 'a')}--b--`],
    ['20 parts', `${part('name="a"', 'a').repeat(20)}--b--`],
  ] as const) {
    test(`a form with ${name}`, async () => expect((await refused(raw(body)))[0]).toBe(400))
  }

  for (const type of ['application/json', 'multipart/form-data', 'text/plain', 'multipart/mixed; boundary=b', '']) {
    test(`the content type “${type}”`, async () => {
      const body = new TextEncoder().encode(`${part('name="file"', 'a')}--b--`)
      expect((await refused(raw(body, type))).slice(0, 2)).toEqual([415, 'wrong_content_type'])
    })
  }

  test('parts come in any order and in any pieces', async () => {
    const file = Buffer.concat([Buffer.from('\r\n--'), Buffer.from('\r\n--a\r\n'), Buffer.alloc(300, 13)])
    const body = Buffer.concat([
      Buffer.from(`preamble\r\n${part('name="file"; filename="a \\"b\\".txt"', '').slice(0, -2)}`),
      file,
      Buffer.from(`\r\n${part('name="other"', 'x')}${part('name="description"', 'later')}--b--\r\nepilogue`),
    ])
    for (const size of [1, 2, 7, 64, body.length]) {
      const pieces = new ReadableStream({
        start(controller) {
          for (let at = 0; at < body.length; at += size) controller.enqueue(body.subarray(at, at + size))
          controller.close()
        },
      })
      const { status, body: made } = await server.ask('POST', '/media', { ...raw(pieces), token: ann.token })
      expect([size, status, made.description]).toEqual([size, 201, 'later'])
      const got = await fetch(`${server.url}${made.url}`)
      expect(Buffer.from(await got.arrayBuffer()).equals(file)).toBe(true)
    }
  })
})

describe('what may be named', () => {
  test('a picture of one’s own must be a picture, unused and one’s own', async () => {
    const ben = await server.person('ben')
    const change = async (avatar: unknown) => {
      const { status, body } = await server.ask('PATCH', '/users/me', { token: ann.token, json: { avatar } })
      return [status, body.code, body.field]
    }
    const file = (await upload(server, ann, 'text')).body.id
    const others = (await upload(server, ben, png(9, 9))).body.id
    const shown = (await upload(server, ann, png(9, 9))).body.id
    await server.ask('POST', '/send', { token: ann.token, json: { text: 'a', media: [shown] } })
    for (const wrong of [file, others, shown, 'x', '0'.repeat(32), null, 5]) {
      expect(await change(wrong)).toEqual([422, 'invalid', 'avatar'])
    }
  })

  test('one wrong among several: none is taken', async () => {
    const mine = (await upload(server, ann, png(9, 9))).body.id as string
    const send = (media: unknown[]) => server.ask('POST', '/send', { token: ann.token, json: { text: 'a', media } })
    expect((await send([mine, '0'.repeat(32)])).body.field).toBe('media[1]')
    expect((await send([mine, mine])).body.field).toBe('media[1]')
    expect((await send([mine])).status).toBe(201)
  })
})

test('nothing is left of what was refused, and no mistake of ours was logged', () => {
  expect(readdirSync(server.spool)).toEqual([])
  expect(server.mistakes).toEqual([])
})
