import { type FileHandle, open } from 'node:fs/promises'
import { heifMetaBytesMax, heifPartsMax } from '../../core/limits.ts'
import { broken } from './picture.ts'

/** The brands of ISO/IEC 23008-12 and of AVIF: phones' pictures that not every browser shows. */
const brands = /^(hei[cxms]|hev[cxms]|mif[12]|msf1|avif|avis)$/
const xmpBox = 'be7acfcb97a942e89c71999491e3afac'
/** EXIF that says nothing: where its TIFF begins, and there no entries. Zeros alone some decoders take for damage. */
const noExif = Buffer.from('000000004d4d002a00000008000000000000', 'hex')
const noText = Buffer.from(' ')

/** Whether the first bytes of a file are those of a HEIF or AVIF picture. */
export const isHeif = (head: Buffer): boolean =>
  head.toString('latin1', 4, 8) === 'ftyp' && brands.test(head.toString('latin1', 8, 12))

interface Span {
  readonly from: number
  readonly length: number
}
interface Said extends Span {
  readonly what: 'Exif' | 'mime'
}
interface Box extends Span {
  readonly type: string
}

/**
 * Empties EXIF and XMP in a HEIF file at their place: so what else there is stays where the file says that it is.
 * @throws Refusal where the file's own list of what is in it cannot be read
 */
export async function blankHeif(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    const { size } = await file.stat()
    for await (const box of boxesOf(file, size)) {
      if (box.type === 'meta') for (const span of await metadata(file, box)) await blank(file, span, size)
      if (box.type === 'uuid' && (await bytes(file, box.from, 16)).toString('hex') === xmpBox) {
        await blank(file, { from: box.from + 16, length: box.length - 16, what: 'mime' }, size)
      }
    }
  } catch (error) {
    // Node's own, of reading past the end of what there is.
    throw error instanceof RangeError ? broken() : error
  } finally {
    await file.close()
  }
}

/** The boxes of the file's top, without their heads. */
async function* boxesOf(file: FileHandle, size: number): AsyncGenerator<Box> {
  for (let at = 0, boxes = 0; at + 8 <= size; ) {
    if (++boxes > heifPartsMax) throw broken()
    const head = await bytes(file, at, Math.min(16, size - at))
    const box = boxAt(head, 0, size - at)
    yield { ...box, from: at + box.from }
    at += box.from + box.length
  }
}

/** The box that begins at `at`, of which the rest of its parent is left. @throws Refusal */
function boxAt(data: Buffer, at: number, left: number): Box {
  const short = data.readUInt32BE(at)
  const head = short === 1 ? 16 : 8
  const whole = short === 1 ? Number(data.readBigUInt64BE(at + 8)) : short === 0 ? left : short
  if (whole < head || whole > left) throw broken()
  return { type: data.toString('latin1', at + 4, at + 8), from: at + head, length: whole - head }
}

/** Where EXIF and XMP lie in the file, as its `meta` box tells. */
async function metadata(file: FileHandle, meta: Box): Promise<Said[]> {
  if (meta.length > heifMetaBytesMax) throw broken()
  const data = await bytes(file, meta.from, meta.length)
  const inside: Record<string, Box> = {}
  // After its version and flags.
  for (let at = 4; at + 8 <= data.length; ) {
    const box = boxAt(data, at, data.length - at)
    inside[box.type] ??= box
    at = box.from + box.length
  }
  const { iinf, iloc, idat } = inside
  if (iinf === undefined) return []
  const items = itemsOf(data, iinf)
  if (items.size === 0) return []
  if (iloc === undefined) throw broken()
  return placesOf(data, iloc, items, idat && meta.from + idat.from)
}

/** The ids of the items that are EXIF or XMP. */
function itemsOf(data: Buffer, iinf: Box): Map<number, Said['what']> {
  const found = new Map<number, Said['what']>()
  const end = iinf.from + iinf.length
  for (let at = iinf.from + (data[iinf.from] === 0 ? 6 : 8); at + 8 <= end; ) {
    const box = boxAt(data, at, end - at)
    at = box.from + box.length
    const version = data[box.from]!
    // Older ones know no types; what is neither is none of ours.
    if (box.type !== 'infe' || version < 2) continue
    const wide = version > 2
    const type = box.from + (wide ? 10 : 8)
    const kind = data.toString('latin1', type, type + 4)
    // Of MIME types only XMP's (application/rdf+xml) is known in pictures: all else there is text about it as well.
    if (kind !== 'Exif' && kind !== 'mime') continue
    found.set(wide ? data.readUInt32BE(box.from + 4) : data.readUInt16BE(box.from + 4), kind)
  }
  return found
}

/** ISO/IEC 14496-12, 8.11.3. `idat`: where in the file its bytes begin. */
function placesOf(data: Buffer, iloc: Box, items: ReadonlyMap<number, Said['what']>, idat: number | undefined): Said[] {
  const version = data[iloc.from]!
  let at = iloc.from + 4
  const number = (width: number) => {
    const value = width === 0 ? 0 : width === 8 ? Number(data.readBigUInt64BE(at)) : data.readUIntBE(at, width)
    at += width
    return value
  }
  const widths = number(2)
  const [offset, length, base] = [widths >> 12, (widths >> 8) & 15, (widths >> 4) & 15]
  const index = version === 0 ? 0 : widths & 15
  if ([offset, length, base, index].some((width) => width !== 0 && width !== 4 && width !== 8)) throw broken()
  const spans: Said[] = []
  let places = 0
  for (let left = number(version < 2 ? 2 : 4); left > 0; left--) {
    const item = number(version < 2 ? 2 : 4)
    const method = version === 0 ? 0 : number(2) & 15
    at += 2
    const from = number(base)
    for (let extents = number(2); extents > 0; extents--) {
      // Those without an offset and a length take no room in the list.
      if (++places > heifPartsMax) throw broken()
      at += index
      const span = { from: from + number(offset), length: number(length) }
      const what = items.get(item)
      if (what === undefined) continue
      if (method > 1 || (method === 1 && idat === undefined)) throw broken()
      spans.push({ ...span, what, from: span.from + (method === 1 ? idat! : 0) })
    }
  }
  return spans
}

async function blank(file: FileHandle, { from, length, what }: Said, size: number): Promise<void> {
  // A length of 0: to the end of the file.
  const end = length === 0 ? size : from + length
  if (from > size || end > size) throw broken()
  const nothing = Buffer.alloc(Math.min(end - from, 2 ** 16), what === 'mime' ? noText : 0)
  for (let at = from; at < end; at += nothing.length) {
    await file.write(nothing, 0, Math.min(nothing.length, end - at), at)
  }
  if (what === 'Exif' && end - from >= noExif.length) await file.write(noExif, 0, noExif.length, from)
}

async function bytes(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from)
  if (bytesRead < length) throw broken()
  return buffer
}
