import { Database } from 'bun:sqlite'
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Another process has the data folder. The message is one sentence for the person who started this one. */
export class DataFolderLocked extends Error {
  constructor(folder: string) {
    super(
      `The data folder ${folder} is in use by another Rookery process: stop that one, or give --data another folder.`,
    )
    this.name = 'DataFolderLocked'
  }
}

/** The data folder, or the database in it, cannot be used. The message is one sentence for the person who started this. */
export class DataFolderUnusable extends Error {
  constructor(folder: string, reason: unknown) {
    const why = reason instanceof Error ? reason.message : String(reason)
    super(
      `The data folder ${folder} cannot be used (${why}): see to its disk and permissions, or give --data another folder.`,
    )
    this.name = 'DataFolderUnusable'
    this.cause = reason
  }
}

/**
 * Takes the data folder for this process, making it (mode 0700) where it is absent; returns the way to let go of it.
 * The lock is an exclusive transaction on a database that holds nothing: the kernel releases it with the process, however
 * that ends, and a lock file left behind locks nobody out.
 * @throws DataFolderLocked, DataFolderUnusable
 */
export function lockFolder(folder: string): () => void {
  let lock: Database | undefined
  try {
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true })
      chmodSync(folder, 0o700)
    }
    lock = new Database(join(folder, 'lock.db'), { create: true, readwrite: true })
    lock.run('PRAGMA busy_timeout = 0')
    lock.run('PRAGMA locking_mode = EXCLUSIVE')
    lock.run('BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    if ((error as { code?: string }).code === 'SQLITE_BUSY') throw new DataFolderLocked(folder)
    throw new DataFolderUnusable(folder, error)
  }
  const held = lock
  return () => held.close()
}
