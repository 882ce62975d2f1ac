import { existsSync, readFileSync, renameSync } from 'node:fs'
import { isAbsolute, join, normalize } from 'node:path'
import { syncFolder } from '../../engines/embedded/backup.ts'
import { writeSynced } from './files.ts'

/** The manifest: written last, so a folder without it holds no backup, or one that was interrupted. */
export const manifestFile = 'backup.json'
/** A later version that writes otherwise counts up. */
const format = 1

export interface BackedUpFile {
  /** Its path in the backup and in the data folder. */
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

export interface Manifest {
  readonly format: number
  /** The version of Rookery that made it, and the database's schema. */
  readonly rookery: string
  readonly schema: number
  readonly installation: number
  /** All that was answered before this moment is in the backup. ISO 8601, UTC. */
  readonly at: string
  /** The database first. */
  readonly files: readonly BackedUpFile[]
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>
}

/** The backup cannot be made or used. The message is one sentence for the person who asked for it. */
export class NoBackup extends Error {
  override readonly name = 'NoBackup'
}

/** Makes what stands in the folder a backup. */
export function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): void {
  const path = join(folder, manifestFile)
  writeSynced(`${path}.part`, `${JSON.stringify({ format, ...manifest }, null, 2)}\n`)
  syncFolder(folder)
  renameSync(`${path}.part`, path)
  syncFolder(folder)
}

/** @throws NoBackup when the folder holds none, or one that was not finished, or of a newer form. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, manifestFile)
  if (!existsSync(path)) {
    throw new NoBackup(
      `There is no finished backup in ${folder} (no ${manifestFile}): one that was interrupted cannot be restored, so name another one.`,
    )
  }
  const damaged = new NoBackup(`The ${manifestFile} in ${folder} is damaged: restore another backup.`)
  let manifest: Manifest
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
    if (manifest.format > format) {
      throw new NoBackup(`The backup in ${folder} was made by a newer Rookery (${manifest.rookery}): use that version.`)
    }
    if (!manifest.files.every(({ name }) => isWithin(name))) throw damaged
  } catch (problem) {
    throw problem instanceof NoBackup ? problem : damaged
  }
  return manifest
}

/** Whether a path stays in the folder that it is read from. */
function isWithin(name: string): boolean {
  return !isAbsolute(name) && normalize(name) === name && !name.startsWith('..')
}
