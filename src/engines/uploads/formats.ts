import type { MediaType } from '../../core/media.ts'

/** What the first bytes of a file say it is. */
export type Format = 'jpeg' | 'png' | 'gif' | 'webp' | 'mp4' | 'webm' | 'mp3' | 'ogg' | 'wav'

/** So many bytes tell. */
export const formatBytes = 64

const kinds: Readonly<Record<Format, MediaType>> = {
  jpeg: 'image',
  png: 'image',
  gif: 'image',
  webp: 'image',
  // What only sounds is found out later.
  mp4: 'video',
  webm: 'video',
  mp3: 'audio',
  ogg: 'audio',
  wav: 'audio',
}

export const kindOf = (format: Format): MediaType => kinds[format]

/** The major brands of ISO 14496-12 files that hold what browsers play, QuickTime's own among them. */
const brands = /^(isom|iso[2-9]|mp4[12]|avc1|dash|msdh|msnv|M4V |M4VP|M4A |M4B |f4v |3gp[4-9]|3g2[a-c]|qt {2}|mmp4)$/

/** By content alone, whatever the file is called; undefined for all else, which is a `file`. */
export function formatOf(head: Buffer): Format | undefined {
  const at = (from: number, to: number) => head.toString('latin1', from, to)
  if (at(0, 3) === '\xff\xd8\xff') return 'jpeg'
  if (at(0, 8) === '\x89PNG\r\n\x1a\n') return 'png'
  if (/^GIF8[79]a/.test(at(0, 6))) return 'gif'
  if (at(0, 4) === 'RIFF') return at(8, 12) === 'WEBP' ? 'webp' : at(8, 12) === 'WAVE' ? 'wav' : undefined
  if (at(4, 8) === 'ftyp') return brands.test(at(8, 12)) ? 'mp4' : undefined
  // EBML with the document type of Matroska's smaller sister.
  if (at(0, 4) === '\x1aE\xdf\xa3') return at(0, formatBytes).includes('\x42\x82\x84webm') ? 'webm' : undefined
  if (at(0, 4) === 'OggS') return 'ogg'
  if (at(0, 3) === 'ID3') return 'mp3'
  // A frame of MPEG audio, layer III: its sync, and no reserved version, bit rate or sampling rate.
  const [first, second, third] = head
  const sync = first === 0xff && (second! & 0xe6) === 0xe2 && (second! & 0x18) !== 0x08
  if (sync && third! >> 4 !== 0xf && third! >> 4 !== 0 && (third! & 0x0c) !== 0x0c) return 'mp3'
  return undefined
}
