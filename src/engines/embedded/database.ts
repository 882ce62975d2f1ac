import type { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { openConnection, openReader } from './connection.ts'
import { lockFolder } from './lock.ts'
import { migrate } from './schema.ts'
import { startWriter, type Writer } from './writer.ts'

/** An installation's database, held by this process alone: reads on this thread, writes on the writer's. */
export interface EmbeddedDatabase {
  readonly folder: string
  /** Sees every commit at once; reads are synchronous. */
  readonly reader: Database
  readonly writer: Writer
  /** Finishes queued writes, then lets go of the files and of the folder. */
  close(): Promise<void>
}

/** @throws DataFolderLocked, SchemaTooNew */
export async function openDatabase(folder: string): Promise<EmbeddedDatabase> {
  const path = join(folder, databaseFile)
  const unlock = lockFolder(folder)
  try {
    const first = openConnection(path)
    migrate(first)
    const writer = await startWriter(path)
    const reader = openReader(path)
    // Closed only now: the last connection to close would carry the log over and remove it.
    first.close()
    return {
      folder,
      reader,
      writer,
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
export function openForBulk(folder: string): { db: Database; close(): void } {
  const unlock = lockFolder(folder)
  try {
    const db = openConnection(join(folder, databaseFile))
    migrate(db)
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

const databaseFile = 'rookery.db'
