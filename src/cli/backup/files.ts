import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { sizeText } from '../../core/units.ts'
import { syncFolder } from '../../engines/embedded/backup.ts'
import type { BackedUpFile } from './manifest.ts'

const pieceBytes = 1024 * 1024
/** Left to the rest of the machine. */
const spareBytes = 64 * 1024 * 1024

export type Seen = (bytes: number) => void

/** The file's size and checksum; with `to`, copies it there, synced, making the folders it stands in. */
export function readWhole(root: string, name: string, seen: Seen, to?: string): BackedUpFile {
  const from = openSync(join(root, name), 'r')
  try {
    const target = to === undefined ? undefined : openForWriting(to)
    const hash = new Bun.CryptoHasher('sha256')
    const piece = new Uint8Array(pieceBytes)
    let bytes = 0
    for (let length = readSync(from, piece); length > 0; length = readSync(from, piece)) {
      const part = piece.subarray(0, length)
      hash.update(part)
      if (target !== undefined) writeSync(target, part)
      bytes += length
      seen(length)
    }
    if (target !== undefined) closeSynced(target)
    return { name, bytes, sha256: hash.digest('hex') }
  } finally {
    closeSync(from)
  }
}

export function writeSynced(path: string, text: string): void {
  const file = openForWriting(path)
  writeSync(file, text)
  closeSynced(file)
}

/** What another connection wrote, on the disk. */
export function syncFile(path: string): void {
  closeSynced(openSync(path, 'r+'))
}

/** Makes a folder that lasts, and those above it. */
export function makeFolder(path: string): void {
  if (mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined) syncFolder(dirname(path))
}

/** Where `path` leads through symbolic links, also where it is not there yet. */
export function realPath(path: string): string {
  const whole = resolve(path)
  return existsSync(whole) ? realpathSync(whole) : join(realPath(dirname(whole)), basename(whole))
}

/** What is missing at `place` for so many bytes, in words; undefined when there is room. */
export function missingRoom(place: string, bytes: number): string | undefined {
  const { bavail, bsize } = statfsSync(place)
  const free = bavail * bsize
  if (free >= bytes + spareBytes) return undefined
  return `${sizeText(bytes)} are needed at ${place} and ${sizeText(free)} are free`
}

/** Only the system user who runs it may read it: it holds hashes of passwords and tokens. */
function openForWriting(path: string): number {
  makeFolder(dirname(path))
  return openSync(path, 'wx', 0o600)
}

function closeSynced(file: number): void {
  fsyncSync(file)
  closeSync(file)
}
