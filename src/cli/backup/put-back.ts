import { join } from 'node:path'
import { countRows, databaseFile, takeForRestore } from '../../engines/embedded/backup.ts'
import { SchemaTooNew, schemaVersion } from '../../engines/embedded/schema.ts'
import { missingRoom, readWhole } from './files.ts'
import { type BackedUpFile, type Manifest, NoBackup, readManifest } from './manifest.ts'
import type { ShowProgress } from './take.ts'

/**
 * Puts the backup in `dir` into the data folder, which must be absent or empty, and holds each file to the manifest's
 * checksum and each table to its count. Until all is found the same, servers refuse the folder; on a mismatch it is emptied.
 * @throws NoBackup, SchemaTooNew, DataFolderLocked, DataFolderUnusable, and what the disk says
 */
export async function putBack(dir: string, data: string, show: ShowProgress): Promise<Manifest> {
  const manifest = readManifest(dir)
  if (manifest.schema > schemaVersion) throw new SchemaTooNew(manifest.schema, schemaVersion)
  const folder = takeForRestore(data)
  if (folder === undefined) {
    throw new NoBackup(`${data} is not empty: a restore needs a new data folder, so give --data another one.`)
  }
  try {
    const all = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0)
    const missing = missingRoom(data, all)
    if (missing !== undefined) throw new NoBackup(`${missing}: make room, or give --data a folder on another disk.`)
    let done = 0
    for (const file of manifest.files) {
      copyChecked(dir, file, data, (bytes) => show('copying and checking', (done += bytes), all))
    }
    show('counting', 0, 0)
    const rows = await countRows(join(data, databaseFile))
    const differs = Object.keys({ ...rows, ...manifest.rows }).filter((name) => rows[name] !== manifest.rows[name])
    if (differs.length > 0) {
      throw new NoBackup(
        `The backup in ${dir} has other numbers of rows than its manifest (${differs.join(', ')}): restore another one.`,
      )
    }
    folder.finish()
    return manifest
  } finally {
    folder.release()
  }
}

function copyChecked(dir: string, file: BackedUpFile, data: string, seen: (bytes: number) => void): void {
  let copied: BackedUpFile
  try {
    copied = readWhole(dir, file.name, seen, join(data, file.name))
  } catch (problem) {
    if ((problem as { code?: string }).code !== 'ENOENT') throw problem
    throw new NoBackup(`${file.name} is missing in the backup ${dir}: restore another one.`)
  }
  if (copied.bytes !== file.bytes || copied.sha256 !== file.sha256) {
    throw new NoBackup(
      `${file.name} in ${dir} is damaged (its checksum differs from the manifest's): restore another backup.`,
    )
  }
}
