import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { UserId } from '../../src/core/ids.ts'
import { idAt, timeOf } from '../../src/core/ids.ts'
import { type BulkLoad, bulkLoad, DataFolderNotEmpty } from '../../src/engines/embedded/bulk-load.ts'
import { BadEdgeList } from '../../src/engines/embedded/bulk-load-file.ts'
import { type SyntheticGraph, syntheticFollowees } from '../../src/engines/embedded/bulk-load-synthetic.ts'
import { DataFolderLocked, type EmbeddedEngine, openEmbedded } from '../../src/engines/embedded/index.ts'

const now = Date.UTC(2026, 5, 1)
const clock = { now: () => now, sleep: async () => {} }

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-load-'))
  folders.push(folder)
  return folder
}

async function edgeFile(content: string | Uint8Array): Promise<string> {
  const path = join(newFolder(), 'graph.edges')
  await Bun.write(path, content)
  return path
}

const load = (wish: Partial<BulkLoad> & Pick<BulkLoad, 'data' | 'graph'>) =>
  bulkLoad({ messages: 0, tokens: undefined, clock, progress() {}, ...wish })

async function opened<T>(data: string, use: (engine: EmbeddedEngine) => Promise<T>): Promise<T> {
  const engine = await openEmbedded({ data, memoryBytes: 64e6 })
  try {
    return await use(engine)
  } finally {
    await engine.close()
  }
}

/** Every edge as `follower followee`, read back through the port, in both directions. */
async function edgesOf({ users, graph }: EmbeddedEngine): Promise<string[]> {
  const all: UserId[] = []
  for (let after: string | undefined; ; after = (await users.many(all.slice(-1)))[0]!.handle) {
    const some = await users.search('u', after, 100)
    if (some.length === 0) break
    all.push(...some.map((user) => user.id))
  }
  const handles = new Map((await users.many(all)).map((user) => [user!.id, user!.handle.slice(1)]))
  const forward: string[] = []
  const backward: string[] = []
  for (const id of all) {
    for (const followee of (await graph.followees(id)).ids) forward.push(`${handles.get(id)} ${handles.get(followee)}`)
    const counts = await users.counts(id)
    const { users: followers } = await graph.listFollowers(id, undefined, 1_000)
    for (const follower of followers) backward.push(`${handles.get(follower)} ${handles.get(id)}`)
    expect(counts.followers).toBe(followers.length)
    expect(counts.following).toBe((await graph.followees(id)).size)
  }
  expect(backward.sort()).toEqual(forward.sort())
  return forward
}

const messy = '# a comment\n7 3\n3\t7\r\n7 7\n  7   12  \n\n7 3\n12 3 # why not\n400000000000 7'
const clean = ['12 3', '3 7', '400000000000 7', '7 12', '7 3']

test('an edge list, plain or zipped, becomes exactly its graph', async () => {
  for (const content of [messy, `${messy}\n`, Bun.gzipSync(Buffer.from(messy))]) {
    const data = newFolder()
    const loaded = await load({ data, graph: await edgeFile(content) })
    expect(loaded).toMatchObject({ users: 4, follows: 5, repeated: 1, selfFollows: 1, messages: 0 })
    expect(loaded.largest).toMatchObject({ followers: 2 })
    expect(await opened(data, edgesOf)).toEqual(clean)
  }
})

test('a line that is none is named, and nothing is loaded', async () => {
  const wrong: [string | Uint8Array, string][] = [
    ['1 2\n3\n', 'line 2'],
    ['1 2\n\n# x\n3 x\n', 'line 4'],
    ['1 2 3', 'line 1'],
    ['1 -2', 'line 1'],
    ['1,2', 'line 1'],
    ['1 2\n1234567890123456 1', 'line 2'],
    ['1 2\n3', 'line 2'],
    [Bun.gzipSync(Buffer.from(messy)).slice(0, 40), 'is the file whole'],
  ]
  const data = newFolder()
  for (const [content, where] of wrong) {
    const problem = await load({ data, graph: await edgeFile(content) }).catch((error) => error)
    expect(problem).toBeInstanceOf(BadEdgeList)
    expect(problem.message).toContain(where)
  }
  expect(await load({ data, graph: join(data, 'absent') }).catch((error) => error)).toBeInstanceOf(BadEdgeList)
  expect(await load({ data, graph: await edgeFile('') })).toMatchObject({ users: 0, follows: 0 })
  expect(await load({ data, graph: await edgeFile('1 2') })).toMatchObject({ users: 2, follows: 1 })
})

const small: SyntheticGraph = { users: 2_000, mean: 20, max: 700, seed: 5 }

test('a made-up graph: the same for the same seed, one head with exactly `max` followers, the mean kept', () => {
  const graph = syntheticFollowees(small, () => {})
  expect(syntheticFollowees(small, () => {})).toEqual(graph)
  expect(syntheticFollowees({ ...small, seed: 6 }, () => {}).members).not.toEqual(graph.members)
  const shapes: SyntheticGraph[] = [
    small,
    { users: 50_000, mean: 30, max: 25_000, seed: 1 },
    { users: 300, mean: 120, max: 200, seed: 2 },
    { users: 1_000, mean: 10, max: 40, seed: 3 },
    { users: 2, mean: 0.5, max: 1, seed: 4 },
    { users: 50, mean: 49, max: 49, seed: 4 },
  ]
  for (const shape of shapes) {
    const { offsets, members } = syntheticFollowees(shape, () => {})
    const followers = new Uint32Array(shape.users)
    for (let reader = 0; reader < shape.users; reader++) {
      const mine = members.slice(offsets[reader]!, offsets[reader + 1]!)
      for (const [i, followee] of mine.entries()) {
        if (followee === reader || followee >= shape.users || (i > 0 && followee <= mine[i - 1]!)) {
          throw new Error(`reader ${reader} of ${JSON.stringify(shape)}`)
        }
        followers[followee]!++
      }
    }
    const sorted = followers.toSorted()
    expect(sorted.at(-1)).toBe(shape.max)
    expect(sorted.at(-2)!).toBeLessThan(shape.max)
    if (shape.users > 100) expect(Math.abs(members.length / shape.users / shape.mean - 1)).toBeLessThan(0.02)
  }
})

test('messages lie in the past, rise, are whole and done, and stand in their authors’ outboxes', async () => {
  const data = newFolder()
  await load({ data, graph: small, messages: 3_000 })
  await opened(data, async ({ messages, users, outboxRows, largestId, warm }) => {
    await warm
    expect(timeOf(largestId)).toBeLessThan(now)
    expect(await outboxRows.lowestUndone()).toBe(Number.POSITIVE_INFINITY)
    expect(await outboxRows.watermark()).toBeGreaterThan(largestId)
    let found = 0
    for (let after: string | undefined; ; ) {
      const some = await users.search('u', after, 100)
      if (some.length === 0) break
      after = some.at(-1)!.handle
      for (const { id } of some) {
        const entries = await messages.outbox(id, idAt(now), 1_000)
        expect((await users.counts(id)).messages).toBe(entries.length)
        expect((await messages.newest(Float64Array.of(id), idAt(now), 0, 1_000)).length).toBe(entries.length)
        for (const [i, entry] of entries.entries()) {
          expect(entry.prev).toEqual(entries[i + 1] ? [entries[i + 1]!.id] : [])
        }
        for (const record of await messages.many(entries.map((entry) => entry.id))) {
          const { text } = JSON.parse(`{${record!.body}}`)
          expect(Buffer.byteLength(text)).toBeGreaterThanOrEqual(100)
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(300)
          expect(text.trim()).toBe(text)
          found++
        }
      }
    }
    expect(found).toBe(3_000)
  })
})

test('every user gets a token that works, in order of the nodes', async () => {
  const data = newFolder()
  const tokens = join(data, 'tokens.tsv')
  await load({ data, graph: { ...small, users: 800, max: 300 }, tokens })
  const lines = (await Bun.file(tokens).text()).trimEnd().split('\n')
  expect(lines).toHaveLength(800)
  await opened(data, async ({ users }) => {
    for (const [i, line] of lines.entries()) {
      const [node, id, handle, token, ...rest] = line.split('\t')
      expect([node, handle, rest]).toEqual([String(i), `u${i}`, []])
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
      const hash = new Bun.CryptoHasher('sha256').update(token!).digest('hex')
      expect(String(await users.userOfToken(hash))).toBe(id!)
      expect((await users.byHandle(handle!))?.id).toBe(Number(id))
    }
  })
})

test('an interrupted load leaves the folder empty; a full or busy folder is refused', async () => {
  const data = newFolder()
  const interrupted = load({
    data,
    graph: small,
    progress(step) {
      if (step === 'users') throw new Error('interrupted')
    },
  })
  await expect(interrupted).rejects.toThrow('interrupted')
  await load({ data, graph: small })
  await expect(load({ data, graph: small })).rejects.toBeInstanceOf(DataFolderNotEmpty)
  await opened(data, async () => {
    await expect(load({ data, graph: small })).rejects.toBeInstanceOf(DataFolderLocked)
  })
})
