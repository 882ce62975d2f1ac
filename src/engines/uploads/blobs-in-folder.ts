import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { link, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mediaBrokenMs } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Blobs } from '../../ports/blobs.ts'
import { placeOf } from './place.ts'

/** The folder cannot be used. The message is one sentence for the person who named it. */
export class MediaFolderUnusable extends Error {
  override readonly name = 'MediaFolderUnusable'
}

/**
 * Blobs as files of a folder (`placeOf`). The spool lies beside them, so that a file that was worked on has only to be renamed.
 * @throws MediaFolderUnusable
 */
export function openFolderBlobs(folder: string): Blobs {
  const spool = makeSpool(folder)
  const pathOf = (name: string) => join(folder, placeOf(name))

  return {
    spool,
    async put(name, path) {
      const place = pathOf(name)
      try {
        await sync(path)
        await mkdir(dirname(place), { recursive: true, mode: 0o700 })
        await rename(path, place)
        await sync(dirname(place))
      } catch (error) {
        throw refused(error)
      }
    },
    async read(name, from, to) {
      const file = Bun.file(pathOf(name))
      return (await file.exists()) ? file.slice(from, to) : undefined
    },
    async remove(name) {
      await rm(pathOf(name), { force: true })
    },
    async mark(name, text) {
      const path = join(folder, name)
      // Whole before it has its name, and never in place of another's.
      const made = join(spool, crypto.randomUUID())
      await writeFile(made, text)
      await sync(made)
      await link(made, path).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error
      })
      await rm(made)
      return readFile(path, 'utf8')
    },
    async marked(name) {
      const file = Bun.file(join(folder, name))
      return (await file.exists()) ? file.text() : undefined
    },
    async close() {
      await rm(spool, { recursive: true, force: true })
    },
  }
}

function makeSpool(folder: string): string {
  const spools = join(folder, 'spool')
  try {
    // Nobody else on the machine reads them, also in a data folder that others may look into.
    mkdirSync(spools, { recursive: true, mode: 0o700 })
    forgetOldSpools(spools)
    return mkdtempSync(join(spools, 'process-'))
  } catch (error) {
    throw new MediaFolderUnusable(
      `The folder for uploads ${folder} cannot be written (${codeOf(error) ?? error}): give this user the right to, or name another with --media.`,
    )
  }
}

/** Of processes that were killed: no upload takes that long. */
function forgetOldSpools(spools: string): void {
  for (const name of readdirSync(spools)) {
    const path = join(spools, name)
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
    if (age > mediaBrokenMs) rmSync(path, { recursive: true, force: true })
  }
}

/** To the disk, files and folders alike. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

const codeOf = (error: unknown) => (error as { code?: string }).code

function refused(error: unknown): unknown {
  const code = codeOf(error)
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new Refusal('disk_full', 'The disk for uploads is full: try again once there is room.')
}
