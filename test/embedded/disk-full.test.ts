import { expect, test } from 'bun:test'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal } from '../../src/core/refusal.ts'
import type { EmbeddedEngine } from '../../src/engines/embedded/index.ts'
import { mountSmall } from '../faults.ts'
import { message, open, withFolder } from './support.ts'

const author = 1_000
const body = `"text":"${'x'.repeat(6_000)}"`

test('on a full disk writes answer disk_full, reads go on, and writes come back with the space, without a restart', async () => {
  await withFolder(async (folder) => {
    const disk = join(folder, 'disk')
    const unmount = mountSmall(disk, 48)
    if (!unmount) {
      console.error('SKIPPED: a full disk is tested by root on Linux only (it mounts a small tmpfs)')
      return
    }
    try {
      const filler = join(disk, 'filler')
      writeFileSync(filler, Buffer.alloc(24 * 1024 * 1024))
      const data = join(disk, 'data')
      const writes = { stored: [] as number[], refused: [] as number[] }
      await withEngine(data, async (engine) => {
        await engine.users.create({ id: author, handle: 'a', name: 'A', bio: '', role: 'user' }, undefined)
        const { stored, refused } = writes
        while (refused.length < 200) await Promise.all(Array.from({ length: 64 }, () => write(engine, writes)))
        expect(stored.length).toBeGreaterThan(100)
        await expectKept(engine, writes)
        const newest = await engine.messages.newest(Float64Array.of(author), Number.MAX_SAFE_INTEGER, 0, 1)
        expect(newest).toEqual([Math.max(...stored)])
        expect((await engine.users.byHandle('a'))?.id).toBe(author)

        rmSync(filler)
        const before = stored.length
        while (stored.length < before + 500 && refused.length < 2_000) await write(engine, writes)
        expect(stored.length).toBe(before + 500)
      })
      await withEngine(data, (engine) => expectKept(engine, writes))
    } finally {
      unmount()
    }
  })
}, 60_000)

async function withEngine(data: string, run: (engine: EmbeddedEngine) => Promise<void>): Promise<void> {
  const engine = await open(data)
  try {
    await run(engine)
  } finally {
    await engine.close()
  }
}

interface Writes {
  readonly stored: number[]
  readonly refused: number[]
}

let next = 2_000

async function write(engine: EmbeddedEngine, { stored, refused }: Writes): Promise<void> {
  const id = next++
  try {
    await engine.messages.store(message(id, author, { body }))
    stored.push(id)
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    expect((error as Refusal).code).toBe('disk_full')
    refused.push(id)
  }
}

/** Everything that was acknowledged can be read, and nothing that was refused. */
async function expectKept(engine: EmbeddedEngine, { stored, refused }: Writes): Promise<void> {
  const found = async (ids: number[]) => {
    let count = 0
    for (let i = 0; i < ids.length; i += 1_000) {
      for (const one of await engine.messages.many(ids.slice(i, i + 1_000))) if (one?.body === body) count++
    }
    return count
  }
  expect(await found(stored)).toBe(stored.length)
  expect(await found(refused)).toBe(0)
}
