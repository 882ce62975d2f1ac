import type { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { type Chance, systemChance } from '../../ports/chance.ts'
import { openConnection, openReader } from './connection.ts'
import { lockFolder } from './lock.ts'
import { migrate } from './schema.ts'
import { startWriter, type Writer } from './writer.ts'

const databaseFile = 'rookery.db'

/** An installation's database, held by this process alone: reads on this thread, writes on the writer's. */
export interface EmbeddedDatabase {
  readonly folder: string
  /** Sees every commit at once; reads are synchronous. */
  readonly reader: Database
  readonly writer: Writer
  readonly meta: Meta
  /** Finishes queued writes, then lets go of the files and of the folder. */
  close(): Promise<void>
}

/** Single numbers of an installation, as they were when the database was opened. */
export interface Meta {
  number(
    key: 'installation' | 'secret' | 'hot_epoch' | 'hot_forgotten' | 'watermark' | 'outbox_from',
  ): number | undefined
}

/** @throws DataFolderLocked, SchemaTooNew */
export async function openDatabase(folder: string, chance: Chance = systemChance): Promise<EmbeddedDatabase> {
  const path = join(folder, databaseFile)
  const unlock = lockFolder(folder)
  try {
    const first = openConnection(path)
    migrate(first)
    beginInstallation(first, chance)
    const writer = await startWriter(path)
    const reader = openReader(path)
    // Closed only now: the last connection to close would carry the log over and remove it.
    first.close()
    return {
      folder,
      reader,
      writer,
      meta: readMeta(reader),
      async close() {
        reader.close()
        await writer.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/**
 * The database for a program that fills it in bulk while no server runs, on this thread and without the writer.
 * @throws DataFolderLocked, SchemaTooNew
 */
export function openForBulk(folder: string, chance: Chance = systemChance): { db: Database; close(): void } {
  const unlock = lockFolder(folder)
  try {
    const db = openConnection(join(folder, databaseFile))
    migrate(db)
    beginInstallation(db, chance)
    return {
      db,
      close() {
        db.run('PRAGMA wal_checkpoint(TRUNCATE)')
        db.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}

/** What names the installation is made once, with its data. */
function beginInstallation(db: Database, chance: Chance): void {
  const insert = db.query('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)')
  db.transaction(() => {
    insert.run('installation', chance.epoch() >>> 0)
    insert.run('secret', chance.epoch() >>> 0)
    insert.run('hot_epoch', chance.epoch())
  }).immediate()
}

function readMeta(reader: Database): Meta {
  const values = new Map(reader.query('SELECT key, value FROM meta').values() as [string, number][])
  return { number: (key) => values.get(key) }
}
