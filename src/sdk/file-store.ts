import { open, readFile, rename } from 'node:fs/promises'
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
  /** Undefined before the file was read. */
  #entries: Map<string, string> | undefined
  /** Bytes of whole lines. */
  #size = 0
  /** As of when the file was last written anew. */
  #compactSize = 0

  constructor(path: string) {
    this.#path = path
  }

  async entries(): Promise<Map<string, string>> {
    return (this.#entries ??= await this.#read())
  }

  async add(changes: Changes): Promise<void> {
    const entries = await this.entries()
    // JSON leaves out what is undefined.
    await this.#write(Buffer.from(`${JSON.stringify(changes, (_, value) => value ?? null)}\n`))
    apply(changes, entries)
    if (this.#size > 2 * this.#compactSize + logBytesSpare) await this.#compact(entries)
  }

  async empty(): Promise<void> {
    const entries = await this.entries()
    entries.clear()
    await this.#compact(entries)
  }

  /** At the end of what is whole: a line that an error cut short is overwritten. */
  async #write(line: Buffer): Promise<void> {
    // Not kept open: nobody tells a store that it is not needed any more.
    const handle = await open(this.#path, 'r+')
    try {
      await handle.truncate(this.#size)
      for (let at = 0; at < line.length; ) {
        at += (await handle.write(line, at, line.length - at, this.#size + at)).bytesWritten
      }
      await handle.datasync()
    } finally {
      await handle.close()
    }
    this.#size += line.length
  }

  async #read(): Promise<Map<string, string>> {
    const text = await readFile(this.#path, 'utf8').catch((error: { code?: string }) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
    const entries = new Map<string, string>()
    let whole = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', whole)) {
      const changes = parsed(text.slice(whole, end))
      if (changes === undefined) break
      apply(changes, entries)
      whole = end + 1
    }
    this.#size = this.#compactSize = Buffer.byteLength(text)
    if (whole < text.length || text === '') await this.#compact(entries)
    return entries
  }

  /** Writes the file anew; a crash leaves the old one or the new one. */
  async #compact(entries: ReadonlyMap<string, string>): Promise<void> {
    const beside = `${this.#path}.new`
    const line = Buffer.from(entries.size === 0 ? '' : `${JSON.stringify(Object.fromEntries(entries))}\n`)
    const handle = await open(beside, 'w', 0o600)
    try {
      await handle.writeFile(line)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, this.#path)
    await syncFolder(dirname(this.#path))
    this.#size = this.#compactSize = line.length
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
