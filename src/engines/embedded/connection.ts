import { Database } from 'bun:sqlite'

/** The log is carried into the database from this length on: 16 MB, some 10 to 30 ms of the writer's time. */
export const checkpointPages = 1_000

/** What writer and bulk loader keep of the database in memory, in KiB, as far as they come to use it. */
const writerCacheKiB = 64 * 1024
/** The serving thread's; the kernel's own cache stands behind it. */
const readerCacheKiB = 16 * 1024

/** A connection that writes, made for one writer: WAL, each commit synced. Creates the file when it is absent. */
export function openConnection(path: string): Database {
  const db = new Database(path, { create: true, readwrite: true })
  db.run('PRAGMA busy_timeout = 5000')
  db.run('PRAGMA page_size = 8192')
  db.run('PRAGMA journal_mode = WAL')
  db.run('PRAGMA synchronous = FULL')
  db.run('PRAGMA wal_autocheckpoint = 0')
  db.run('PRAGMA temp_store = MEMORY')
  db.run(`PRAGMA cache_size = -${writerCacheKiB}`)
  return db
}

/** A scan's: it reads each page once. */
export const scanCacheKiB = 512

/** A connection that reads, beside the writer's; it sees every commit at once. */
export function openReader(path: string, cacheKiB: number = readerCacheKiB): Database {
  const db = new Database(path, { readonly: true })
  db.run('PRAGMA busy_timeout = 5000')
  db.run(`PRAGMA cache_size = -${cacheKiB}`)
  return db
}
