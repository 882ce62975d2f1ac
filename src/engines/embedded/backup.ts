import { Database } from 'bun:sqlite'
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Chance, systemChance } from '../../ports/chance.ts'
import { openReader, scanCacheKiB } from './connection.ts'
import { CopyUnfinished, copyUnderWay } from './copy/mark.ts'
import { databaseFile } from './database.ts'
import { bytesInUse } from './disk-use.ts'
import { lockFolder } from './lock.ts'
import { longRead } from './long-read.ts'
import { RestoreUnfinished, restoreMark } from './restore-mark.ts'
import { SchemaTooNew, schemaVersion } from './schema.ts'

export { databaseFile, hasDatabase } from './database.ts'

/** What of a data folder is made anew at a start, or is part of the database. All else is truth, whoever put it there. */
const notCopied = [/^rookery\.db(-wal|-shm)?$/, /^lock\.db/, /^control\.sock$/, /^\.doctor-/, /^media\/spool$/]

export interface FolderState {
  readonly installation: number
  readonly schema: number
  /** Bytes of the pages in use: about what a copy takes. */
  readonly bytes: number
}

/**
 * What is to be backed up. @throws CopyUnfinished, RestoreUnfinished, SchemaTooNew: it is not whole, or not ours to
 * understand.
 */
export function folderState(folder: string): FolderState {
  if (existsSync(join(folder, restoreMark))) throw new RestoreUnfinished(folder)
  const db = openReader(join(folder, databaseFile), scanCacheKiB)
  try {
    const number = (sql: string) => (db.query(sql).values() as [[number]])[0]![0]
    const schema = number('PRAGMA user_version')
    if (schema > schemaVersion) throw new SchemaTooNew(schema, schemaVersion)
    const copy = copyUnderWay(db)
    if (copy !== undefined) throw new CopyUnfinished(folder, copy.from)
    return {
      installation: number("SELECT value FROM meta WHERE key = 'installation'"),
      schema,
      bytes: bytesInUse(db),
    }
  } finally {
    db.close()
  }
}

/**
 * Writes the database as it is at this moment into the file `to`, which must be absent: all that was answered before the
 * call is in it. Servers go on meanwhile (`longRead` says what it costs them).
 */
export async function copyDatabase(folder: string, to: string): Promise<void> {
  await longRead(join(folder, databaseFile), 'VACUUM INTO ?', to)
}

/** Files beside the database that belong to the installation, as paths within the folder. */
export function otherFiles(folder: string): string[] {
  const found: string[] = []
  const look = (within: string) => {
    for (const entry of readdirSync(join(folder, within), { withFileTypes: true })) {
      const path = join(within, entry.name)
      if (notCopied.some((pattern) => pattern.test(path))) continue
      if (entry.isDirectory()) look(path)
      else if (entry.isFile()) found.push(path)
    }
  }
  look('')
  return found
}

/** How many rows each table of a copy has; an index of words counts as what it is made from. */
export async function countRows(path: string): Promise<Record<string, number>> {
  const tables = (await longRead(
    path,
    `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`,
  )) as [string][]
  const rows: Record<string, number> = {}
  for (const [name] of tables) {
    const [[count]] = (await longRead(path, `SELECT count(*) FROM "${name}"`)) as [[number]]
    rows[name] = count
  }
  return rows
}

/**
 * Takes an empty folder (made when absent) for a restore, or one whose restore was interrupted, and empties that. Servers
 * refuse it until `finish`; `release` without it empties the folder. Undefined when something else is in it.
 * @throws DataFolderLocked, DataFolderUnusable
 */
export function takeForRestore(folder: string): { finish(chance?: Chance): void; release(): void } | undefined {
  const unlock = lockFolder(folder)
  const mark = join(folder, restoreMark)
  const found = () => readdirSync(folder).filter((name) => !name.startsWith('lock.db') && name !== restoreMark)
  const empty = () => {
    for (const name of found()) rmSync(join(folder, name), { recursive: true })
    syncFolder(folder)
  }
  if (found().length > 0 && !existsSync(mark)) {
    unlock()
    return undefined
  }
  writeFileSync(mark, '')
  empty()
  let finished = false
  return {
    finish(chance = systemChance) {
      newPositions(join(folder, databaseFile), chance)
      syncFolder(folder)
      finished = true
    },
    release() {
      if (!finished) empty()
      rmSync(mark)
      syncFolder(folder)
      unlock()
    },
  }
}

/**
 * After the moment of the backup the hot log gave positions that a restored one gives again, to other messages. A new epoch
 * makes cursors from then go by their watermark, as inboxes do after each start.
 */
function newPositions(path: string, chance: Chance): void {
  const db = new Database(path, { readwrite: true })
  try {
    db.run('PRAGMA synchronous = FULL')
    db.query("UPDATE meta SET value = ? WHERE key = 'hot_epoch'").run(chance.epoch())
  } finally {
    db.close()
  }
}

/** What was created or renamed in the folder stays after a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}
