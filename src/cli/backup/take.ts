import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import project from '../../../package.json' with { type: 'json' }
import {
  copyDatabase,
  countRows,
  databaseFile,
  folderState,
  hasDatabase,
  otherFiles,
} from '../../engines/embedded/backup.ts'
import { makeFolder, missingRoom, readWhole, realPath, syncFile } from './files.ts'
import { type BackedUpFile, type Manifest, NoBackup, readManifest, writeManifest } from './manifest.ts'

export type ShowProgress = (step: string, done: number, all: number) => void

/** How often the length of what is being written is looked at. */
const lookEveryMs = 200

/**
 * Makes `dir` for a backup. @throws NoBackup when something is in it, or when it lies in the data folder, whose backups
 * would then hold each other.
 */
export function takeEmpty(dir: string, data?: string): void {
  if (data !== undefined && !relative(realPath(data), realPath(dir)).startsWith('..')) {
    throw new NoBackup(`${dir} lies in the data folder ${data}: give the backup a place outside of it.`)
  }
  if (existsSync(dir) && !statSync(dir).isDirectory()) throw new NoBackup(`${dir} is a file: name an empty folder.`)
  if (existsSync(dir) && readdirSync(dir).length > 0) {
    throw new NoBackup(
      `${dir} is not empty: each backup has a folder of its own, so name another one (what an interrupted backup left can be deleted).`,
    )
  }
  makeFolder(dir)
}

/**
 * A backup of the data folder in the empty folder `dir`, whether or not it is served: the database as of one moment after
 * the call, then what else stands in the folder. Leaves `dir` empty when it fails.
 * @throws NoBackup, CopyUnfinished, RestoreUnfinished, SchemaTooNew, and what the disk says
 */
export async function takeBackup(data: string, dir: string, show: ShowProgress): Promise<Manifest> {
  try {
    return await take(data, dir, show)
  } catch (problem) {
    for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true, force: true })
    throw inWords(problem as Error & { code?: string }, data, dir)
  }
}

async function take(data: string, dir: string, show: ShowProgress): Promise<Manifest> {
  if (!hasDatabase(data)) {
    throw new NoBackup(`There is no installation in ${data}: name its data folder with --data.`)
  }
  const state = folderState(data)
  const missing = missingRoom(dir, state.bytes + bytesOfOthers(data))
  if (missing !== undefined) throw new NoBackup(`${missing}: make room, or name a folder on another disk.`)
  const at = new Date().toISOString()
  const database = await copyWithProgress(data, join(dir, databaseFile), state.bytes, show)
  const files = [database, ...copyOthers(data, dir, show)]
  const rows = await countRows(join(dir, databaseFile))
  const { installation, schema } = state
  writeManifest(dir, { rookery: project.version, schema, installation, at, files, rows })
  return readManifest(dir)
}

/** What SQLite says names neither the folder nor what is to be done. */
function inWords(problem: Error & { code?: string }, data: string, dir: string): Error {
  const { code = '', message } = problem
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new NoBackup(`The disk of ${dir} is full: make room, or name a folder on another disk.`)
  }
  if (!code.startsWith('SQLITE_')) return problem
  return new NoBackup(
    `The database in ${data} cannot be read (${message}): see to its disk and permissions, or restore an earlier backup.`,
  )
}

async function copyWithProgress(data: string, to: string, bytes: number, show: ShowProgress): Promise<BackedUpFile> {
  const look = setInterval(() => {
    if (!existsSync(to)) return
    show('copying the database', statSync(to).size, bytes)
    // Bit by bit: one sync at the end would hold up the server's own for as long as the disk takes for all of it.
    syncFile(to)
  }, lookEveryMs)
  try {
    show('copying the database', 0, bytes)
    await copyDatabase(data, to)
  } finally {
    clearInterval(look)
  }
  syncFile(to)
  const { size } = statSync(to)
  let done = 0
  return readWhole(resolve(to, '..'), databaseFile, (read) => show('checksums', (done += read), size))
}

/** What else stands in the folder, uploads as a rule; what is deleted meanwhile takes nothing. */
function bytesOfOthers(data: string): number {
  return otherFiles(data).reduce(
    (sum, name) => sum + (statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

function copyOthers(data: string, dir: string, show: ShowProgress): BackedUpFile[] {
  const names = otherFiles(data)
  const copied: BackedUpFile[] = []
  for (const [i, name] of names.entries()) {
    show('copying files', i, names.length)
    try {
      copied.push(readWhole(data, name, () => {}, join(dir, name)))
    } catch (problem) {
      // Deleted since the folder was read, as its owner may at any time.
      if ((problem as { code?: string }).code !== 'ENOENT' || existsSync(join(data, name))) throw problem
    }
  }
  return copied
}
