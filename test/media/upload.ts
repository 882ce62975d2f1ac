import type { Asked, Got, Person, TestServer } from '../http/harness.ts'

export interface Named {
  readonly fileName?: string
  readonly description?: string
}

/** A form as browsers send it. */
export function form(file: Uint8Array | string, { fileName = 'a.bin', description }: Named = {}): Asked {
  const data = new FormData()
  if (description !== undefined) data.set('description', description)
  data.set('file', new Blob([file as Uint8Array<ArrayBuffer>]), fileName)
  return { raw: data as never }
}

export function upload(server: TestServer, who: Person, file: Uint8Array | string, named?: Named): Promise<Got> {
  return server.ask('POST', '/media', { ...form(file, named), token: who.token })
}

/** The bytes of an upload, and the headers they came with. */
export async function read(server: TestServer, path: string, headers: Record<string, string> = {}) {
  const got = await fetch(`${server.url}${path}`, { headers })
  return { status: got.status, headers: got.headers, bytes: Buffer.from(await got.arrayBuffer()) }
}
