import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib'
import { type Coding, codings } from './codings.ts'

/** One file of the web client, with every form in which it may be sent. */
export interface WebFile {
  readonly type: string
  /** Its name carries a hash of what it holds: it never changes. */
  readonly hashed: boolean
  readonly bytes: Uint8Array
  /** By the name of its content coding; empty where packing gains nothing. */
  readonly packed: Readonly<Partial<Record<Coding, Uint8Array>>>
}

/** The files by their paths, `/` and all pages being `index`. */
export type WebFiles = ReadonlyMap<string, WebFile>

const types: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  webmanifest: 'application/manifest+json',
}

const packers: Record<Coding, (bytes: Uint8Array) => Promise<Uint8Array>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  zstd: (bytes) => promisify(zstdCompress)(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
}

/** A file in all its forms; `name` says its type. */
export async function webFile(name: string, hashed: boolean, bytes: Uint8Array): Promise<WebFile> {
  const type = types[name.split('.').at(-1)!] ?? 'application/octet-stream'
  // Pictures are packed already.
  const packed =
    type === 'image/png'
      ? []
      : await Promise.all(
          codings.map(async (coding) => [coding, new Uint8Array(await packers[coding](bytes))] as const),
        )
  return { type, hashed, bytes, packed: Object.fromEntries(packed.filter(([, { length }]) => length < bytes.length)) }
}
