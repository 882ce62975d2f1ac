import { broken, type Cleaned, cutShort, mustBeBounded } from './picture.ts'

/** A GIF file (GIF89a) that moves as it did, without comments, plain text and applications' blocks but how often it loops. */
export function cleanGif(file: Buffer): Cleaned {
  if (file.length < 13) throw cutShort()
  const width = file.readUInt16LE(6)
  const height = file.readUInt16LE(8)
  mustBeBounded(width, height)
  const kept: Uint8Array[] = []
  let frames = 0
  let at = 13 + tableBytes(file[10]!)
  kept.push(file.subarray(0, at))

  for (;;) {
    const from = at
    const introducer = file[at]
    if (introducer === undefined) throw cutShort()
    if (introducer === 0x3b) break
    if (introducer === 0x2c) {
      // An image: its descriptor, its table of colours, the size of a code, its data.
      const packed = file[at + 9]
      if (packed === undefined) throw cutShort()
      mustBeBounded(file.readUInt16LE(at + 5), file.readUInt16LE(at + 7), ++frames)
      at = endOfBlocks(file, at + 10 + tableBytes(packed) + 1)
      kept.push(file.subarray(from, at))
    } else if (introducer === 0x21) {
      at = endOfBlocks(file, at + 2)
      const label = file[from + 1]
      if (label === 0xf9) kept.push(file.subarray(from, at))
      else if (label === 0xff) kept.push(...loop(file.subarray(from, at)))
    } else throw broken()
  }
  if (frames === 0) throw broken()
  kept.push(file.subarray(at, at + 1))
  return { bytes: Buffer.concat(kept), width, height, orientation: 1, moving: frames > 1 }
}

/** The bytes of a table of colours, as the packed field before it says. */
function tableBytes(packed: number): number {
  return packed & 0x80 ? 3 << ((packed & 7) + 1) : 0
}

/** Past the empty block that ends a row of them. */
function endOfBlocks(file: Buffer, from: number): number {
  for (let at = from; ; ) {
    const length = file[at]
    if (length === undefined) throw cutShort()
    at += length + 1
    if (length === 0) return at
  }
}

/** The application's block that says how often a picture loops, and nothing else that may stand in it. */
function loop(extension: Buffer): Uint8Array[] {
  const name = extension.toString('latin1', 3, 14)
  const says = (name === 'NETSCAPE2.0' || name === 'ANIMEXTS1.0') && extension[14] === 3 && extension[15] === 1
  return says ? [extension.subarray(0, 18), Buffer.of(0)] : []
}
