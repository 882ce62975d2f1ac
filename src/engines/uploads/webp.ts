import { exifOrientation } from './jpeg.ts'
import { broken, type Cleaned, cutShort, mustBeBounded } from './picture.ts'

const exifFlag = 0x08
const xmpFlag = 0x04

/** A WebP file (RFC 9649), moving ones too, without the chunks of EXIF, XMP and whatever else is no picture. */
export function cleanWebp(file: Buffer): Cleaned {
  const end = 8 + file.readUInt32LE(4)
  if (end > file.length) throw cutShort()
  const kept: Buffer[] = []
  let size: { width: number; height: number } | undefined
  let orientation = 1
  let frames = 0
  let drawn = false
  let still: Buffer | undefined
  for (let at = 12; at < end; ) {
    if (at + 8 > end) throw cutShort()
    const type = file.toString('latin1', at, at + 4)
    const length = file.readUInt32LE(at + 4)
    // An odd chunk is filled up.
    const next = at + 8 + length + (length & 1)
    if (at + 8 + length > end) throw cutShort()
    const data = file.subarray(at + 8, at + 8 + length)
    if (type === 'EXIF') orientation = exifOrientation(withoutName(data)) ?? 1
    if (type === 'ANMF') {
      mustBeBounded(1, 1, ++frames)
      still ??= stillOf(data)
    }
    drawn ||= type === 'VP8 ' || type === 'VP8L' || type === 'ANMF'
    size ??= sizeIn(type, data)
    if (size === undefined) throw broken()
    if (keptChunks.has(type))
      kept.push(type === 'VP8X' ? flagsCleared(file.subarray(at, next)) : file.subarray(at, next))
    at = next
  }
  if (size === undefined || !drawn) throw broken()
  mustBeBounded(size.width, size.height)
  const moves = { moving: frames > 1, ...(still && { still }) }
  return { bytes: fileOf(kept), ...size, orientation, ...moves }
}

function fileOf(chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat(chunks)
  const header = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1')
  header.writeUInt32LE(4 + body.length, 4)
  return Buffer.concat([header, body])
}

/** A frame of a moving picture as a picture of its own. */
function stillOf(frame: Buffer): Buffer {
  if (frame.length < 16) throw broken()
  const extended = Buffer.from('VP8X\x0a\0\0\0\x10\0\0\0\0\0\0\0\0\0', 'latin1')
  // Its width and height, less one, as they stand there.
  frame.copy(extended, 12, 6, 12)
  return fileOf([extended, frame.subarray(16)])
}

const keptChunks = new Set(['VP8X', 'VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF', 'ICCP'])

/** Some programs put JPEG's name before the TIFF header. */
function withoutName(data: Buffer): Buffer {
  return data.toString('latin1', 0, 6) === 'Exif\0\0' ? data.subarray(6) : data
}

function flagsCleared(chunk: Buffer): Buffer {
  const copy = Buffer.from(chunk)
  copy[8]! &= ~(exifFlag | xmpFlag)
  return copy
}

/** Out of the first chunk, which has it whatever its kind. */
function sizeIn(type: string, data: Buffer): { width: number; height: number } | undefined {
  if (type === 'VP8X' && data.length >= 10)
    return { width: data.readUIntLE(4, 3) + 1, height: data.readUIntLE(7, 3) + 1 }
  if (type === 'VP8 ' && data.length >= 10) {
    return { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff }
  }
  if (type === 'VP8L' && data.length >= 5) {
    const bits = data.readUInt32LE(1)
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
  }
  return undefined
}
