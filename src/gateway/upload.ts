import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { check } from '../core/check.ts'
import {
  mediaDescriptionLengthMax,
  mediaNameLengthMax,
  uploadRestBytesMax,
  uploadSilentMs,
  uploadsAtOnceMax,
  uploadWithinMs,
  uploadWriteBytes,
} from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { withNewlines } from '../core/text.ts'
import { MediaDescription } from '../core/wire.ts'
import type { Received } from '../services/media.ts'
import { boundaryOf, type PartSink, readForm } from './multipart.ts'

/** Receives a form with a `file`, which `use` may look at until it resolves. */
export type ReceiveUpload = <T>(request: Request, use: (received: Received) => Promise<T>) => Promise<T>

/**
 * A file goes to the spool as it comes: a piece of it is in memory, whatever its size. @throws Refusal `too_large` before it
 * is read whole, `wrong_content_type`, `bad_request`, `invalid`, `overloaded`, `disk_full`
 */
export function createReceiveUpload({ spool, bytesMax }: { spool: string; bytesMax: number }): ReceiveUpload {
  let underWay = 0

  return async function receive(request, use) {
    const boundary = boundaryOf(request.headers.get('content-type'))
    if (Number(request.headers.get('content-length') ?? 0) > bytesMax + uploadRestBytesMax) throw tooLarge(bytesMax)
    if (underWay >= uploadsAtOnceMax) {
      throw new Refusal('overloaded', 'Too many uploads are under way: try again shortly.')
    }
    underWay++
    let folder: string | undefined
    try {
      folder = await mkdtemp(join(spool, 'upload-'))
      return await use(await receiveAt(join(folder, 'file'), request, boundary, bytesMax))
    } finally {
      underWay--
      if (folder !== undefined) await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Gives bytes that are at hand to `use` as if they had been received. */
export async function receivedBytes<T>(
  spool: string,
  bytes: Uint8Array,
  use: (received: Received) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(spool, 'upload-'))
  try {
    const path = join(folder, 'file')
    await writeFile(path, bytes)
    return await use({ path, bytes: bytes.length, name: undefined, description: undefined })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function receiveAt(path: string, request: Request, boundary: string, bytesMax: number): Promise<Received> {
  const file = await open(path, 'w')
  let bytes = 0
  let name: string | undefined
  let files = 0
  const description: Uint8Array[] = []
  let descriptionBytes = -1

  let waiting: Uint8Array[] = []
  let waitingBytes = 0

  async function toFile(chunk: Uint8Array): Promise<void> {
    bytes += chunk.length
    if (bytes > bytesMax) throw tooLarge(bytesMax)
    waiting.push(chunk)
    waitingBytes += chunk.length
    if (waitingBytes >= uploadWriteBytes) await write()
  }
  async function write(): Promise<void> {
    if (waitingBytes === 0) return
    const full = () => new Refusal('disk_full', 'The disk for uploads is full: try again once there is room.')
    const { bytesWritten } = await file.writev(waiting).catch((error: unknown) => {
      throw (error as { code?: string }).code === 'ENOSPC' ? full() : error
    })
    if (bytesWritten < waitingBytes) throw full()
    waiting = []
    waitingBytes = 0
  }
  async function toDescription(chunk: Uint8Array): Promise<void> {
    descriptionBytes += chunk.length
    // Any character is four bytes at most: the rest is counted where it is whole.
    if (descriptionBytes > mediaDescriptionLengthMax * 4 + 2) {
      check(MediaDescription, 'x'.repeat(descriptionBytes), 'description')
    }
    description.push(Buffer.from(chunk))
  }
  function begin(part: { name: string; fileName: string | undefined }): PartSink {
    if (part.name === 'file') {
      if (++files > 1) throw new Refusal('invalid', '`file` stands there twice: send one at a time.', { field: 'file' })
      name = plainName(part.fileName)
      return toFile
    }
    if (part.name !== 'description') return undefined
    description.length = 0
    descriptionBytes = 0
    return toDescription
  }

  try {
    await readForm(chunksOf(request, bytesMax), boundary, begin)
    await write()
  } finally {
    await file.close()
  }
  const invalid = (detail: string) => new Refusal('invalid', `\`file\` ${detail}.`, { field: 'file' })
  if (files === 0) throw invalid('is missing: give a file')
  if (bytes === 0) throw invalid('is empty: give a file of at least one byte')
  return { path, bytes, name, description: descriptionIn(Buffer.concat(description)) }
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal('too_large', `An upload may have ${bytesMax} bytes here: send a smaller file.`, { field: 'file' })
}

/** The body as it comes, for as long as it keeps coming; never more than a form of that size has. */
async function* chunksOf(request: Request, bytesMax: number): AsyncGenerator<Uint8Array, void> {
  if (request.body === null) return
  const reader = request.body.getReader()
  const until = performance.now() + uploadWithinMs
  let bytes = 0
  try {
    for (;;) {
      const { value, done } = await inTime(reader.read(), Math.min(uploadSilentMs, until - performance.now()))
      if (done) return
      bytes += value.length
      if (bytes > bytesMax + uploadRestBytesMax) throw tooLarge(bytesMax)
      yield value
    }
  } finally {
    // What is still to come is nobody's; a connection that broke has nothing to cancel.
    void reader.cancel().catch(() => {})
  }
}

async function inTime<T>(reading: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Refusal('bad_request', 'The upload stopped coming: send it again.'))
  }, ms)
  try {
    return await Promise.race([reading, late.promise])
  } catch (error) {
    if (error instanceof Refusal) throw error
    // The connection broke, or its framing is wrong; where anybody still listens, this is what they hear.
    throw new Refusal('bad_request', 'The upload did not arrive whole: send it again.')
  } finally {
    clearTimeout(timer)
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Undefined where there is none, or an empty one. @throws Refusal `invalid` */
function descriptionIn(bytes: Uint8Array): string | undefined {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new Refusal('invalid', '`description` must be UTF-8.', { field: 'description' })
  }
  const description = withNewlines(check(MediaDescription, text, 'description'))
  return description === '' ? undefined : description
}

/** What a download may be called: the name without folders and signs that mean something to file systems. */
function plainName(given: string | undefined): string | undefined {
  const last = given?.toWellFormed().split(/[/\\]/).at(-1)
  const plain = last
    ?.replaceAll(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '')
    .replace(/^\.+/, '')
    .trim()
  if (!plain) return undefined
  if (plain.length <= mediaNameLengthMax) return plain
  const ending = /\.[A-Za-z0-9]{1,8}$/.exec(plain)?.[0] ?? ''
  return (plain.slice(0, mediaNameLengthMax - ending.length) + ending).toWellFormed()
}
