import { broken, type Cleaned, cutShort, mustBeBounded } from './picture.ts'

const startOfScan = 0xda
const endOfImage = 0xd9

/** A marker that is all of its segment: RST0 to RST7, SOI, TEM. */
const standsAlone = (marker: number) => (marker >= 0xd0 && marker <= 0xd8) || marker === 0x01
/** SOF0 to SOF15 without DHT, JPG and DAC, which lie among them. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/**
 * A JPEG file (ITU-T T.81) without its APPn segments and comments but those that say how its colours are meant: JFIF, ICC
 * profile, Adobe's transform. What follows its end marker is left out. @throws Refusal where it has none, or no frame
 */
export function cleanJpeg(file: Buffer): Cleaned {
  const kept: Uint8Array[] = [file.subarray(0, 2)]
  let orientation = 1
  let size: { width: number; height: number } | undefined
  for (let at = 2; ; ) {
    if (at + 4 > file.length && !(file[at] === 0xff && file[at + 1] === endOfImage)) throw cutShort()
    if (file[at] !== 0xff) throw broken()
    const marker = file[at + 1]!
    // Any number of 0xFF may stand before a marker.
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === endOfImage) {
      kept.push(file.subarray(at, at + 2))
      break
    }
    if (standsAlone(marker)) {
      at += 2
      continue
    }
    const from = at
    const end = from + 2 + file.readUInt16BE(from + 2)
    if (end > file.length) throw cutShort()
    const segment = file.subarray(from, end)
    if (isFrame(marker)) {
      if (size !== undefined || segment.length < 10) throw broken()
      size = { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) }
      mustBeBounded(size.width, size.height)
    }
    if (marker === 0xe1) orientation = orientationIn(segment) ?? orientation
    at = marker === startOfScan ? endOfScan(file, end) : end
    if (isKept(marker, segment)) kept.push(file.subarray(from, at))
  }
  if (size === undefined) throw broken()
  return { bytes: Buffer.concat(kept), ...size, orientation, moving: false }
}

/** Where the coded data that begins at `from` ends: at the next marker that is no restart. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = from; ; at += 2) {
    at = file.indexOf(0xff, at)
    if (at < 0 || at + 1 >= file.length) throw cutShort()
    const next = file[at + 1]!
    if (next === 0xff) at--
    else if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return at
  }
}

function isKept(marker: number, segment: Buffer): boolean {
  const name = segment.toString('latin1', 4, 16)
  if (marker === 0xe0) return name.startsWith('JFIF\0')
  if (marker === 0xe2) return name.startsWith('ICC_PROFILE\0')
  if (marker === 0xee) return name.startsWith('Adobe')
  return !((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe)
}

/** Out of an APP1 segment; undefined where it says nothing of it. */
function orientationIn(segment: Buffer): number | undefined {
  return segment.toString('latin1', 4, 10) === 'Exif\0\0' ? exifOrientation(segment.subarray(10)) : undefined
}

/** The tag Orientation of a TIFF header's first directory (EXIF 2.3, 4.6.4). */
export function exifOrientation(tiff: Buffer): number | undefined {
  if (tiff.length < 8) return undefined
  const little = tiff.toString('latin1', 0, 2) === 'II'
  const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  if (directory + 2 > tiff.length) return undefined
  const count = short(directory)
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * 12
    if (entry + 12 > tiff.length) return undefined
    if (short(entry) !== 0x0112) continue
    const value = short(entry + 8)
    return value >= 1 && value <= 8 ? value : undefined
  }
  return undefined
}
