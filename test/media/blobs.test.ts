import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MediaFolderUnusable, openFolderBlobs } from '../../src/engines/uploads/blobs-in-folder.ts'
import { openMemoryBlobs } from '../../src/engines/uploads/blobs-in-memory.ts'
import { blobsContract } from '../../src/ports/blobs.contract.ts'

const root = mkdtempSync(join(tmpdir(), 'rookery-'))
afterAll(() => rmSync(root, { recursive: true }))

blobsContract('a folder', async () => {
  const open = async () => openFolderBlobs(join(root, 'blobs'))
  return { blobs: await open(), again: open }
})
blobsContract('memory', async () => ({ blobs: openMemoryBlobs() }))

test('a folder that cannot be written is refused in one sentence', () => {
  const file = join(root, 'a-file')
  writeFileSync(file, '')
  expect(() => openFolderBlobs(file)).toThrow(MediaFolderUnusable)
})

test('a spool goes with its process, and that of another one stays', async () => {
  const folder = join(root, 'spools')
  const [one, other] = [openFolderBlobs(folder), openFolderBlobs(folder)]
  expect(readdirSync(join(folder, 'spool'))).toHaveLength(2)
  await one.close()
  expect([existsSync(one.spool), existsSync(other.spool)]).toEqual([false, true])
  await other.close()
})

test('the folders it makes are for its own user alone', async () => {
  const folder = join(root, 'closed', 'media')
  const blobs = openFolderBlobs(folder)
  const file = join(blobs.spool, 'file')
  writeFileSync(file, 'a picture')
  await blobs.put('a1b2c3', file)
  const all = ['.', ...readdirSync(folder, { recursive: true })].map((name) => statSync(join(folder, String(name))))
  const folders = all.filter((one) => one.isDirectory()).map((one) => (one.mode & 0o777).toString(8))
  expect(new Set(folders)).toEqual(new Set(['700']))
  await blobs.close()
})
