import { buildWeb } from './bundle.ts'
import type { Coding } from './codings.ts'
import { embedded } from './embedded.ts'
import type { WebFile, WebFiles } from './web-file.ts'

/** The built web client: out of the executable that holds it, else built from its source, which takes 0.2 s. */
export async function loadWeb(): Promise<WebFiles> {
  return embedded ? unpackFiles(await embedded()) : buildWeb()
}

/** The files as JSON holds them: their bytes in base64. */
export type Packed = readonly {
  readonly path: string
  readonly type: string
  readonly hashed: boolean
  readonly bytes: string
  readonly packed: Partial<Record<Coding, string>>
}[]

const toText = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
const toBytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const inAllForms = <A, B>(packed: Partial<Record<Coding, A>>, turn: (form: A) => B): Partial<Record<Coding, B>> =>
  Object.fromEntries(Object.entries(packed).map(([coding, form]) => [coding, turn(form)]))

export function packFiles(files: WebFiles): Packed {
  return [...files].map(([path, file]) => ({
    ...file,
    path,
    bytes: toText(file.bytes),
    packed: inAllForms(file.packed, toText),
  }))
}

function unpackFiles(packed: Packed): WebFiles {
  return new Map(
    packed.map(({ path, ...file }): [string, WebFile] => [
      path,
      { ...file, bytes: toBytes(file.bytes), packed: inAllForms(file.packed, toBytes) },
    ]),
  )
}
