import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { logBytesSpare } from './limits.ts'
import { apply, beginning, type Changes, type Store } from './store.ts'

/**
 * Keeps everything in one file, for Node and Bun: a line of JSON for each `set`, synced to the disk before it resolves, so
 * that a crash leaves all of it or nothing. Grown, the file is written anew and put in place by a rename. One process at a
 * time may use it.
 */
export function fileStore(path: string): Store {
  const file = new LogFile(path)
  /** One after the other. */
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.catch(() => {}).then(work)
    last = turn
    return turn
  }
  return {
    all: (prefix) => inTurn(async () => beginning(prefix, await file.entries())),
    set: (changes) => inTurn(() => file.add(changes)),
    clear: () => inTurn(() => file.empty()),
  }
}

class LogFile {
  readonly #path: string
  #handle: FileHandle | undefined
  readonly #entries = new Map<string, string>()
  /** Bytes of whole lines. */
  #size = 0
  /** As of when the file was last written anew. */
  #compactSize = 0

  constructor(path: string) {
    this.#path = path
  }

  async entries(): Promise<ReadonlyMap<string, string>> {
    await this.#open()
    return this.#entries
  }

  async add(changes: Changes): Promise<void> {
    const handle = await this.#open()
    // JSON leaves out what is undefined.
    const line = Buffer.from(`${JSON.stringify(changes, (_, value) => value ?? null)}\n`)
    await this.#write(handle, line)
    apply(changes, this.#entries)
    if (this.#size > 2 * this.#compactSize + logBytesSpare) await this.#compact()
  }

  async empty(): Promise<void> {
    const handle = await this.#open()
    await handle.truncate(0)
    await handle.sync()
    this.#entries.clear()
    this.#size = this.#compactSize = 0
  }

  /** At the end of what is whole: a line that was cut short by an error is overwritten. */
  async #write(handle: FileHandle, line: Buffer): Promise<void> {
    try {
      for (let at = 0; at < line.length; ) {
        at += (await handle.write(line, at, line.length - at, this.#size + at)).bytesWritten
      }
      await handle.datasync()
    } catch (error) {
      await handle.truncate(this.#size).catch(() => {})
      throw error
    }
    this.#size += line.length
  }

  async #open(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle
    const text = await readFile(this.#path, 'utf8').catch((error: { code?: string }) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    this.#entries.clear()
    let whole = 0
    for (let from = 0, end = text.indexOf('\n'); end >= 0; from = end + 1, end = text.indexOf('\n', from)) {
      const changes = parsed(text.slice(from, end))
      if (changes === undefined) break
      apply(changes, this.#entries)
      whole = end + 1
    }
    if (whole < text.length || text === '') return this.#compact()
    this.#size = this.#compactSize = Buffer.byteLength(text)
    return (this.#handle = await open(this.#path, 'r+'))
  }

  /** Writes the file anew; a crash leaves the old one or the new one. */
  async #compact(): Promise<FileHandle> {
    const beside = `${this.#path}.new`
    const handle = await open(beside, 'w', 0o600)
    const line = Buffer.from(this.#entries.size === 0 ? '' : `${JSON.stringify(Object.fromEntries(this.#entries))}\n`)
    try {
      await handle.writeFile(line)
      await handle.sync()
      await rename(beside, this.#path)
      await syncFolder(dirname(this.#path))
    } catch (error) {
      await handle.close()
      throw error
    }
    await this.#handle?.close()
    this.#size = this.#compactSize = line.length
    return (this.#handle = handle)
  }
}

/** Undefined for a line that was cut short. */
function parsed(line: string): Changes | undefined {
  try {
    const value = JSON.parse(line) as Record<string, string | null>
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, text ?? undefined]))
  } catch {
    return undefined
  }
}

/** So that the rename itself outlives a power cut; not everywhere can a folder be opened. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}
