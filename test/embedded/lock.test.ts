import { expect, test } from 'bun:test'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataFolderLocked, DataFolderUnusable } from '../../src/engines/embedded/index.ts'
import { until } from '../until.ts'
import { linesOf, open, startChild, withFolder } from './support.ts'

test('a data folder is made for its owner alone', async () => {
  await withFolder(async (folder) => {
    const data = join(folder, 'new', 'data')
    const engine = await open(data)
    expect(statSync(data).mode & 0o777).toBe(0o700)
    await engine.close()
  })
})

test('a folder in use is refused with one sentence, in the same process and from another one', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    const error = await open(folder).catch((reason: Error) => reason)
    expect(error).toBeInstanceOf(DataFolderLocked)
    expect((error as Error).message).toContain(folder)
    expect((error as Error).message).not.toContain('\n')

    const child = startChild(folder)
    expect(await child.exited).not.toBe(0)
    expect(await new Response(child.stderr).text()).toContain('is in use by another')

    // The refused ones disturbed nothing, and the lock goes with the one who holds it.
    await engine.users.create({ id: 1, handle: 'a', name: '', bio: '', role: 'user' }, undefined)
    await engine.close()
    const again = await open(folder)
    expect((await again.users.byHandle('a'))?.id).toBe(1)
    await again.close()
  })
})

test('the lock of a killed process holds nobody up', async () => {
  await withFolder(async (folder) => {
    const child = startChild(folder)
    const { lines, ended } = linesOf(child)
    await until(() => lines.length > 0, 20_000, 'the child writing')
    await expect(open(folder)).rejects.toThrow(DataFolderLocked)
    child.kill('SIGKILL')
    await child.exited
    await ended
    const engine = await open(folder)
    await engine.close()
  })
}, 30_000)

test('a folder that cannot be made, and a database that is none, are refused with one sentence', async () => {
  await withFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), 'x')
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data', 'rookery.db'), 'not a database'.repeat(1_000))
    for (const data of [join(folder, 'file', 'data'), join(folder, 'data')]) {
      const error = await open(data).catch((reason: Error) => reason)
      expect(error).toBeInstanceOf(DataFolderUnusable)
      expect((error as Error).message).toContain(data)
      expect((error as Error).message).not.toContain('\n')
    }
  })
})
