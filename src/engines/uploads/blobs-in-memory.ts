import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Blobs } from '../../ports/blobs.ts'

/** Blobs in memory, gone with the process: for the memory engine. Bounded by nothing but what users may have. */
export function openMemoryBlobs(): Blobs {
  const spool = mkdtempSync(join(tmpdir(), 'rookery-spool-'))
  const blobs = new Map<string, Blob>()
  const marks = new Map<string, string>()
  return {
    spool,
    async put(name, path) {
      blobs.set(name, new Blob([await Bun.file(path).bytes()]))
      await rm(path, { force: true })
    },
    async read(name, from, to) {
      return blobs.get(name)?.slice(from, to)
    },
    async remove(name) {
      blobs.delete(name)
    },
    async mark(name, text) {
      const found = marks.get(name)
      if (found === undefined) marks.set(name, text)
      return found ?? text
    },
    async marked(name) {
      return marks.get(name)
    },
    async close() {
      await rm(spool, { recursive: true, force: true })
    },
  }
}
