import type { Changes, Store } from './store.ts'

/** What this file uses of IndexedDB, whose types belong to browsers alone. */
interface DbRequest<T> {
  result: T
  error: unknown
  onsuccess: (() => void) | null
  onerror: (() => void) | null
}
interface DbTable {
  getAllKeys(range: unknown): DbRequest<string[]>
  getAll(range: unknown): DbRequest<string[]>
  put(value: string, key: string): unknown
  delete(key: string): unknown
  clear(): unknown
}
interface DbTransaction {
  objectStore(name: string): DbTable
  commit(): void
  error: unknown
  oncomplete: (() => void) | null
  onabort: (() => void) | null
}
interface Db {
  createObjectStore(name: string): unknown
  transaction(name: string, mode: 'readonly' | 'readwrite'): DbTransaction
  onversionchange: (() => void) | null
  close(): void
}
interface DbFactory {
  open(
    name: string,
    version: number,
  ): DbRequest<Db> & { onupgradeneeded: (() => void) | null; onblocked: (() => void) | null }
}

const table = 'entries'

/**
 * Keeps everything in the browser's IndexedDB, in a database of this name; all tabs and workers of the origin share it.
 * Throws where the browser has none or refuses it (some do in private windows).
 */
export function indexedDbStore(name = 'rookery'): Store {
  let opened: Promise<Db> | undefined
  const open = () =>
    (opened ??= openDb(name, () => (opened = undefined)).catch((error) => {
      opened = undefined
      throw error
    }))

  async function write(change: (entries: DbTable) => void): Promise<void> {
    const transaction = (await open()).transaction(table, 'readwrite')
    const done = finished(transaction)
    change(transaction.objectStore(table))
    // Without waiting for what was asked for: a page that is closing will not be there to hear of it.
    transaction.commit()
    await done
  }

  return {
    sharedAs: name,
    async all(prefix) {
      const transaction = (await open()).transaction(table, 'readonly')
      const entries = transaction.objectStore(table)
      const range = startingWith(prefix)
      const [keys, values] = await Promise.all([result(entries.getAllKeys(range)), result(entries.getAll(range))])
      return new Map(keys.map((key, i) => [key, values[i]!]))
    },
    set: (changes: Changes) =>
      write((entries) => {
        for (const [key, value] of Object.entries(changes)) {
          if (value === undefined) entries.delete(key)
          else entries.put(value, key)
        }
      }),
    clear: () => write((entries) => entries.clear()),
  }
}

async function openDb(name: string, closed: () => void): Promise<Db> {
  const factory = (globalThis as { indexedDB?: DbFactory }).indexedDB
  if (factory === undefined) throw new Error('there is no IndexedDB here: take memoryStore() or fileStore()')
  const request = factory.open(name, 1)
  request.onupgradeneeded = () => void request.result.createObjectStore(table)
  const db = await result(request)
  db.onversionchange = () => {
    db.close()
    closed()
  }
  return db
}

function startingWith(prefix: string): unknown {
  const { IDBKeyRange } = globalThis as unknown as { IDBKeyRange: { bound(from: string, to: string): unknown } }
  return IDBKeyRange.bound(prefix, `${prefix}\uffff`)
}

function result<T>(request: DbRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function finished(transaction: DbTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
}
