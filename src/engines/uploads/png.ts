import { inflateSync } from 'node:zlib'
import { exifOrientation } from './jpeg.ts'
import { broken, type Cleaned, cutShort, mustBeBounded } from './picture.ts'

/** What says how the picture looks; all else (eXIf, tEXt, iTXt, zTXt, tIME …) is left out. */
const keptChunks = new Set('IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT'.split(' '))

interface Chunk {
  readonly type: string
  /** With length and checksum. */
  readonly whole: Buffer
  readonly data: Buffer
}

/** Up to IEND. @throws Refusal where that does not come */
function* chunksOf(file: Buffer): Generator<Chunk> {
  for (let at = 8; ; ) {
    if (at + 12 > file.length) throw cutShort()
    const end = at + 12 + file.readUInt32BE(at)
    if (end > file.length) throw cutShort()
    const type = file.toString('latin1', at + 4, at + 8)
    yield { type, whole: file.subarray(at, end), data: file.subarray(at + 8, end - 4) }
    if (type === 'IEND') return
    at = end
  }
}

/** Without these there is no picture (RFC 2083, 3.3): browsers show none where a checksum is wrong. */
const isCritical = (type: string) => /^[A-Z]/.test(type)

function isIntact(chunk: Buffer): boolean {
  return Bun.hash.crc32(chunk.subarray(4, -4)) === chunk.readUInt32BE(chunk.length - 4)
}

/** A PNG file (RFC 2083), moving ones too, without its texts and times. What follows its end is left out. */
export function cleanPng(file: Buffer): Cleaned {
  const kept: Uint8Array[] = [file.subarray(0, 8)]
  let size: { width: number; height: number } | undefined
  let orientation = 1
  let frames = 1
  for (const { type, whole, data } of chunksOf(file)) {
    if (size === undefined) {
      if (type !== 'IHDR' || data.length !== 13) throw broken()
      size = { width: data.readUInt32BE(0), height: data.readUInt32BE(4) }
      mustBeBounded(size.width, size.height)
    } else if (type === 'IHDR') throw broken()
    if (type === 'eXIf') orientation = exifOrientation(data) ?? 1
    if (type === 'acTL' && data.length >= 4) frames = data.readUInt32BE(0)
    if (isCritical(type) && !isIntact(whole)) throw broken()
    if (keptChunks.has(type)) kept.push(whole)
  }
  if (size === undefined) throw broken()
  mustBeBounded(size.width, size.height, frames)
  return { bytes: Buffer.concat(kept), ...size, orientation, moving: frames > 1 }
}

/** The pixels, four bytes each, of a small PNG that `Bun.Image` made: 8 bits a channel, not interlaced. */
export function pixelsOf(file: Buffer): { pixels: Uint8ClampedArray; width: number; height: number } {
  const parts: Buffer[] = []
  let header: Buffer | undefined
  for (const { type, data } of chunksOf(file)) {
    if (type === 'IHDR') header = data
    if (type === 'IDAT') parts.push(data)
  }
  const [depth, colour, , , interlaced] = header!.subarray(8)
  const channels = colour === 6 ? 4 : colour === 2 ? 3 : 0
  if (depth !== 8 || channels === 0 || interlaced !== 0) throw new Error(`a PNG of kind ${colour} at ${depth} bits`)
  const width = header!.readUInt32BE(0)
  const height = header!.readUInt32BE(4)
  const raw = inflateSync(Buffer.concat(parts))
  const pixels = new Uint8ClampedArray(width * height * 4)
  const stride = width * channels
  let above = new Uint8Array(stride)
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1)
    const line = unfiltered(raw[from]!, raw.subarray(from + 1, from + 1 + stride), above, channels)
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 4; c++) pixels[(y * width + x) * 4 + c] = c < channels ? line[x * channels + c]! : 255
    }
    above = line
  }
  return { pixels, width, height }
}

/** One line's bytes (RFC 2083, 6). */
function unfiltered(filter: number, line: Uint8Array, above: Uint8Array, step: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(line.length)
  for (let i = 0; i < line.length; i++) {
    const left = i < step ? 0 : out[i - step]!
    const up = above[i]!
    const corner = i < step ? 0 : above[i - step]!
    out[i] = line[i]! + predicted(filter, left, up, corner)
  }
  return out
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) return 0
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  return a <= b && a <= c ? left : b <= c ? up : corner
}
