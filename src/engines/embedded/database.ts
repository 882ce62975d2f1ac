import type { Database } from 'bun:sqlite'
import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { type Chance, systemChance } from '../../ports/chance.ts'
import { newPushKey } from '../../ports/push.ts'
import { tailRowsMax } from './author-index.ts'
import { indexAll } from './author-index-writer.ts'
import { openConnection, openReader, scanCacheKiB } from './connection.ts'
import { CopyUnfinished, copyUnderWay } from './copy/mark.ts'
import { DataFolderUnusable, lockFolder } from './lock.ts'
import { RestoreUnfinished, restoreMark } from './restore-mark.ts'
import { migrate, SchemaTooNew } from './schema.ts'
import { startWriter, type Writer } from './writer.ts'

export const databaseFile = 'rookery.db'

/** An installation's database, held by this process alone: reads on this thread, writes on the writer's. */
export interface EmbeddedDatabase {
  /** Sees every commit at once; reads are synchronous. */
  readonly reader: Database
  /** A connection for one long scan, whose pages then do not stay in memory; the caller closes it. */
  scanner(): Database
  readonly writer: Writer
  readonly meta: Meta
  /** Finishes queued writes, then lets go of the files and of the folder. */
  close(): Promise<void>
}

type MetaKey =
  | 'installation'
  | 'secret'
  | 'hot_epoch'
  /** The largest id forgotten by the hot log. */
  | 'hot_forgotten'
  /** The sweeper's. */
  | 'watermark'
  /** See `BoostStore.cleared`. */
  | 'boosts_cleared'
  /** From this id on every message has its outbox row. */
  | 'outbox_from'
  /** Up to this id every message has its row in `by_author`. */
  | 'indexed_to'
  /** The words of the messages from the one id to the other stand in the index of words, and no others'. */
  | 'searched_from'
  | 'searched_to'

/** What an installation has one of, as it was when the database was opened. */
export interface Meta {
  number(key: MetaKey): number | undefined
  pushKey(): string
}

/** @throws DataFolderLocked, DataFolderUnusable, SchemaTooNew, CopyUnfinished, RestoreUnfinished */
export async function openDatabase(folder: string, chance: Chance = systemChance): Promise<EmbeddedDatabase> {
  const { db: first, path, unlock } = openFolder(folder, chance)
  let writer: Writer | undefined
  try {
    indexMany(first)
    writer = await startWriter(path)
    const reader = openReader(path)
    const meta = readMeta(reader)
    // Closed only now: the last connection to close would carry the log over and remove it.
    first.close()
    return {
      reader,
      scanner: () => openReader(path, scanCacheKiB),
      writer,
      meta,
      async close() {
        reader.close()
        await writer!.close()
        unlock()
      },
    }
  } catch (error) {
    first.close()
    await writer?.close()
    unlock()
    throw new DataFolderUnusable(folder, error)
  }
}

/**
 * The database for a program that fills it in bulk while no server runs, on this thread and without the writer. It
 * writes every table itself, `by_author` too.
 * @throws DataFolderLocked, DataFolderUnusable, SchemaTooNew, CopyUnfinished, RestoreUnfinished
 */
export function openForBulk(folder: string, chance: Chance = systemChance): { db: Database; close(): void } {
  const { db, unlock } = openFolder(folder, chance)
  return {
    db,
    close() {
      saveIndexed(db)
      db.run('PRAGMA wal_checkpoint(TRUNCATE)')
      db.close()
      unlock()
    },
  }
}

/**
 * The database for a copy from the folder or into it, while no server runs; a copy that was interrupted goes on.
 * @throws DataFolderLocked, DataFolderUnusable, SchemaTooNew
 */
export function openForCopy(folder: string, chance: Chance = systemChance): { db: Database; close(): void } {
  const { db, unlock } = openFolder(folder, chance, true)
  return {
    db,
    close() {
      db.run('PRAGMA wal_checkpoint(TRUNCATE)')
      db.close()
      unlock()
    },
  }
}

/** Whether the folder has a database already, of whichever version. */
export function hasDatabase(folder: string): boolean {
  return existsSync(join(folder, databaseFile))
}

/** Locks the folder and opens the database in it for writing, with its schema and its own numbers. */
function openFolder(
  folder: string,
  chance: Chance,
  copying = false,
): { db: Database; path: string; unlock: () => void } {
  const unlock = lockFolder(folder)
  const path = join(folder, databaseFile)
  let db: Database | undefined
  try {
    if (existsSync(join(folder, restoreMark))) throw new RestoreUnfinished(folder)
    keepPrivate(path)
    db = openConnection(path)
    migrate(db)
    const copy = copyUnderWay(db)
    if (copy !== undefined && !copying) throw new CopyUnfinished(folder, copy.from)
    beginInstallation(db, chance)
    return { db, path, unlock }
  } catch (error) {
    db?.close()
    unlock()
    const clear = [SchemaTooNew, CopyUnfinished, RestoreUnfinished].some((kind) => error instanceof kind)
    throw clear ? error : new DataFolderUnusable(folder, error)
  }
}

/** Only the system user who runs it may read it: it holds the installation's secrets and hashes of passwords. */
function keepPrivate(path: string): void {
  // What SQLite puts beside a database has the mode of that.
  closeSync(openSync(path, 'a', 0o600))
  try {
    chmodSync(path, 0o600)
  } catch {
    // Another user's file, or a file system without modes: the folder's own must do.
  }
}

/** Index rows that wait are read into memory at a start; more of them than it is to hold are written now. */
function indexMany(db: Database): void {
  const [[from]] = db.query("SELECT coalesce((SELECT value FROM meta WHERE key = 'indexed_to'), 0)").values() as [
    [number],
  ]
  const waiting = db.query('SELECT count(*) FROM (SELECT 1 FROM outbox WHERE id > ? LIMIT ?)')
  const [[count]] = waiting.values(from, 2 * tailRowsMax) as [[number]]
  if (count >= 2 * tailRowsMax) indexAll(db, from)
}

/** A bulk load writes index rows itself. */
function saveIndexed(db: Database): void {
  db.run("INSERT OR REPLACE INTO meta (key, value) SELECT 'indexed_to', coalesce(max(id), 0) FROM outbox")
}

/** What names the installation is made once, with its data. */
function beginInstallation(db: Database, chance: Chance): void {
  const insert = db.query('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)')
  db.transaction(() => {
    insert.run('installation', chance.epoch() >>> 0)
    insert.run('secret', chance.epoch() >>> 0)
    insert.run('hot_epoch', chance.epoch())
    insert.run('push_key', newPushKey())
  }).immediate()
}

function readMeta(reader: Database): Meta {
  const values = new Map(reader.query('SELECT key, value FROM meta').values() as [string, number | string][])
  return {
    number: (key) => values.get(key) as number | undefined,
    pushKey: () => values.get('push_key') as string,
  }
}
