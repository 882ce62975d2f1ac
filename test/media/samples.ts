import { deflateSync } from 'node:zlib'

/** Pictures for tests, made by code: nothing is taken from anywhere. */

export type Colour = (x: number, y: number) => readonly [number, number, number, number]

const gradient: Colour = (x, y) => [(x * 3) & 255, (y * 5) & 255, (x + y) & 255, 255]

export function chunk(type: string, data: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + data.length)
  out.writeUInt32BE(data.length, 0)
  out.write(type, 4, 'latin1')
  out.set(data, 8)
  out.writeUInt32BE(Bun.hash.crc32(out.subarray(4, 8 + data.length)), 8 + data.length)
  return out
}

/** `width` and `height` as the header says; `drawn`: the lines there are. */
export function png(width: number, height: number, colour: Colour = gradient, more: Buffer[] = []): Buffer {
  const raw = Buffer.alloc((width * 4 + 1) * height)
  for (let y = 0, at = 0; y < height; y++) {
    raw[at++] = 0
    for (let x = 0; x < width; x++, at += 4) raw.set(colour(x, y), at)
  }
  return Buffer.concat([
    pngHead(width, height),
    ...more,
    chunk('IDAT', deflateSync(raw)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Signature and header alone: what a bomb begins with. */
export function pngHead(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6], 8)
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header)])
}

export async function jpeg(width: number, height: number, colour: Colour = gradient): Promise<Buffer> {
  return new Bun.Image(png(width, height, colour)).jpeg({ quality: 90 }).buffer()
}

export async function webp(width: number, height: number, colour: Colour = gradient): Promise<Buffer> {
  return new Bun.Image(png(width, height, colour)).webp({ lossless: true }).buffer()
}

/** A TIFF directory with an orientation and, as cameras write it, a place. */
export function exif(orientation: number): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 2 * 12 + 4 + 32)
  tiff.write('MM\0*', 0, 'latin1')
  tiff.writeUInt32BE(8, 4)
  tiff.writeUInt16BE(2, 8)
  // Orientation, SHORT.
  tiff.writeUInt16BE(0x0112, 10)
  tiff.writeUInt16BE(3, 12)
  tiff.writeUInt32BE(1, 14)
  tiff.writeUInt16BE(orientation, 18)
  // ImageDescription, ASCII, at the end.
  tiff.writeUInt16BE(0x010e, 22)
  tiff.writeUInt16BE(2, 24)
  tiff.writeUInt32BE(24, 26)
  tiff.writeUInt32BE(38, 30)
  tiff.write('GPS 48.8584 N 2.2945 E', 38, 'latin1')
  return tiff
}

/** The JPEG with a segment after its first marker. */
export function withSegment(file: Buffer, marker: number, data: Buffer): Buffer {
  const segment = Buffer.alloc(4 + data.length)
  segment.set([0xff, marker])
  segment.writeUInt16BE(2 + data.length, 2)
  segment.set(data, 4)
  return Buffer.concat([file.subarray(0, 2), segment, file.subarray(2)])
}

export function withExif(file: Buffer, orientation: number): Buffer {
  return withSegment(file, 0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exif(orientation)]))
}

/** A GIF of `frames` frames that loops; `more` stands before the first. */
export function gif(width: number, height: number, frames: number, more: readonly Buffer[] = []): Buffer {
  const head = Buffer.alloc(13)
  head.write('GIF89a', 0, 'latin1')
  head.writeUInt16LE(width, 6)
  head.writeUInt16LE(height, 8)
  // Four colours.
  head[10] = 0x81
  const colours = Buffer.of(0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255)
  const loop = Buffer.concat([Buffer.of(0x21, 0xff, 11), Buffer.from('NETSCAPE2.0'), Buffer.of(3, 1, 0, 0, 0)])
  const frame = () => {
    const descriptor = Buffer.alloc(10)
    descriptor[0] = 0x2c
    descriptor.writeUInt16LE(width, 5)
    descriptor.writeUInt16LE(height, 7)
    const delay = Buffer.of(0x21, 0xf9, 4, 0, 10, 0, 0, 0)
    return Buffer.concat([delay, descriptor, gifData(width * height)])
  }
  return Buffer.concat([head, colours, loop, ...more, ...Array.from({ length: frames }, frame), Buffer.of(0x3b)])
}

/** Pixels of the first colour, each a code of its own, with a clear code before the codes would grow. */
function gifData(pixels: number): Buffer {
  const [clear, end] = [4, 5]
  const codes: number[] = []
  for (let i = 0; i < pixels; i++) {
    if (i % 2 === 0) codes.push(clear)
    codes.push(0)
  }
  codes.push(end)
  const bytes = Buffer.alloc(Math.ceil((codes.length * 3) / 8))
  for (const [i, code] of codes.entries()) {
    for (let bit = 0; bit < 3; bit++) {
      const at = i * 3 + bit
      if (code & (1 << bit)) bytes[at >> 3]! |= 1 << (at & 7)
    }
  }
  const blocks: Buffer[] = [Buffer.of(2)]
  for (let at = 0; at < bytes.length; at += 255) {
    const part = bytes.subarray(at, at + 255)
    blocks.push(Buffer.of(part.length), part)
  }
  return Buffer.concat([...blocks, Buffer.of(0)])
}

/** A WebP of that many frames, each a still one's data. */
export async function moving(width: number, height: number, frames: number): Promise<Buffer> {
  const part = (type: string, data: Buffer) => {
    const head = Buffer.alloc(8)
    head.write(type, 0, 'latin1')
    head.writeUInt32LE(data.length, 4)
    return Buffer.concat([head, data, Buffer.alloc(data.length & 1)])
  }
  const still = (await webp(width, height)).subarray(12)
  const header = Buffer.alloc(10)
  header[0] = 0x02
  header.writeUIntLE(width - 1, 4, 3)
  header.writeUIntLE(height - 1, 7, 3)
  const frame = Buffer.alloc(16)
  frame.writeUIntLE(width - 1, 6, 3)
  frame.writeUIntLE(height - 1, 9, 3)
  frame.writeUIntLE(100, 12, 3)
  const all = Array.from({ length: frames }, () => part('ANMF', Buffer.concat([frame, still])))
  return part('RIFF', Buffer.concat([Buffer.from('WEBP'), part('VP8X', header), part('ANIM', Buffer.alloc(6)), ...all]))
}
