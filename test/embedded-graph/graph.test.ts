import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { cursorAgeMaxMs } from '../../src/core/cursor.ts'
import { idAt } from '../../src/core/ids.ts'
import { UserNumbers } from '../../src/core/user-numbers.ts'
import { blocksSchema } from '../../src/engines/embedded/blocks.ts'
import { createEmbeddedGraph } from '../../src/engines/embedded/graph.ts'
import { packMembers, rowKey, rowMembersMax, unpackMembers } from '../../src/engines/embedded/graph-pages.ts'
import { RowCache } from '../../src/engines/embedded/graph-rows.ts'
import { graphSchema } from '../../src/engines/embedded/graph-schema.ts'
import { graphOps } from '../../src/engines/embedded/graph-writer.ts'
import type { Writer } from '../../src/engines/embedded/writer.ts'
import type { FollowGraph } from '../../src/ports/graph.ts'

const idOf = (number: number) => 1_000_000 + number * 64

/** A graph of `users` users, over a database in memory unless `path` says otherwise; writes happen at once. */
function openGraph(users: number, now = () => Date.UTC(2026, 0, 1), cacheBytes = 100_000, path = ':memory:') {
  const db = new Database(path)
  db.run('PRAGMA journal_mode = WAL')
  db.run('PRAGMA synchronous = OFF')
  db.run(graphSchema + blocksSchema)
  db.run('CREATE TABLE users (number INTEGER PRIMARY KEY, followers INTEGER DEFAULT 0, following INTEGER DEFAULT 0)')
  const numbers = new UserNumbers()
  const insert = db.query('INSERT INTO users (number) VALUES (?)')
  for (let n = 1; n <= users; n++) {
    insert.run(n)
    numbers.add(n, idOf(n))
  }
  const ops = graphOps(db) as unknown as Record<string, (...args: unknown[]) => unknown>
  const write = async (name: string, ...args: unknown[]) => ops[name]!(...args)
  const writer = { write } as unknown as Writer
  const scanner = () => new Database(path, { readonly: true })
  const clock = { now, sleep: async () => {} }
  return { db, graph: createEmbeddedGraph({ reader: db, writer, scanner }, numbers, clock, cacheBytes) }
}

async function fanout(graph: FollowGraph, author: number): Promise<number[][]> {
  const pages: number[][] = []
  let page: string | undefined
  do {
    const { readers, next } = await graph.fanoutPage(idOf(author), page)
    pages.push([...readers])
    page = next
  } while (page !== undefined)
  return pages
}

async function listed(list: (page: string | undefined) => Promise<{ users: number[]; next?: string }>) {
  const users: number[] = []
  let page: string | undefined
  do {
    const found = await list(page)
    users.push(...found.users)
    page = found.next
  } while (page !== undefined)
  return users
}

const sorted = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b)

test('members survive packing, at any distance', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 26 - 1 }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 2 ** 26 }),
      fc.boolean(),
      (members, owner, fromFirst) => {
        const packed = Uint32Array.from(sorted(members))
        const key = rowKey(owner, fromFirst ? packed[0]! : 0)
        const bytes = new Uint8Array(5 * packed.length)
        const length = packMembers(packed, 0, packed.length, key, bytes)
        const unpacked = new Uint32Array(packed.length + 1)
        expect(unpackMembers(bytes.subarray(0, length), key, unpacked, 1)).toBe(packed.length + 1)
        expect(unpacked.subarray(1)).toEqual(packed)
      },
    ),
    { numRuns: 200 },
  )
})

test('the graph is a set of edges, whatever the order of edits', async () => {
  const users = 12
  const user = fc.integer({ min: 1, max: users })
  const edit = fc.record({ reader: user, followee: user, follow: fc.boolean(), notify: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 120 }), async (edits) => {
      const { graph } = openGraph(users, undefined, 2_000)
      const edges = new Map<number, Map<number, boolean>>()
      for (let n = 1; n <= users; n++) edges.set(n, new Map())
      for (const { reader, followee, follow, notify } of edits) {
        if (reader === followee) continue
        const mine = edges.get(reader)!
        if (follow) {
          const changed = mine.get(followee) !== notify
          expect(await graph.follow(idOf(reader), idOf(followee), 5, notify)).toBe(changed)
          mine.set(followee, notify)
        } else {
          expect(await graph.unfollow(idOf(reader), idOf(followee))).toBe(mine.delete(followee))
        }
        const followees = await graph.followees(idOf(reader))
        expect([...followees.ids]).toEqual(sorted(mine.keys()).map(idOf))
      }
      for (let n = 1; n <= users; n++) {
        const mine = edges.get(n)!
        const followers = sorted(edges.keys()).filter((reader) => edges.get(reader)!.has(n))
        expect(await fanout(graph, n)).toEqual([[n, ...followers]])
        expect(await listed((page) => graph.listFollowers(idOf(n), page, 3))).toEqual(followers.map(idOf))
        expect(await listed((page) => graph.listFollowing(idOf(n), page, 2))).toEqual(sorted(mine.keys()).map(idOf))
        expect(await graph.followerCount(idOf(n))).toBe(followers.length)
        expect(await graph.followingCount(idOf(n))).toBe(mine.size)
        for (let other = 1; other <= users; other++) {
          const notify = mine.get(other)
          expect(await graph.edge(idOf(n), idOf(other))).toEqual(notify === undefined ? undefined : { notify })
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('a large author has pages of about a thousand, each follower on exactly one', async () => {
  const { graph, db } = openGraph(5_000)
  const order = Array.from({ length: 4_999 }, (_, i) => ((i * 2_741) % 4_999) + 2)
  for (const reader of order) await graph.follow(idOf(reader), idOf(1), 5, false)
  const pages = await fanout(graph, 1)
  expect(pages.flat()).toEqual([1, ...sorted(order)])
  for (const page of pages.slice(0, -1)) {
    expect(page.length).toBeGreaterThan(500)
    expect(page.length).toBeLessThanOrEqual(rowMembersMax + 1)
  }
  for (const reader of order.slice(0, 4_900)) await graph.unfollow(idOf(reader), idOf(1))
  expect(await fanout(graph, 1)).toEqual([[1, ...sorted(order.slice(4_900))]])
  for (const reader of order.slice(4_900)) await graph.unfollow(idOf(reader), idOf(1))
  expect(await fanout(graph, 1)).toEqual([[1]])
  expect(db.query('SELECT count(*) FROM follower_pages').values()).toEqual([[0]])
  expect(db.query('SELECT count(*) FROM following_pages').values()).toEqual([[0]])
})

test('who follows throughout stands on exactly one page, whoever comes and goes between two pages', async () => {
  const { graph } = openGraph(6_000)
  const steady = Array.from({ length: 2_000 }, (_, i) => 2 + i * 3)
  for (const reader of steady) await graph.follow(idOf(reader), idOf(1), 5, false)
  const seen: number[] = []
  let page: string | undefined
  let comer = 3
  do {
    const { readers, next } = await graph.fanoutPage(idOf(1), page)
    seen.push(...readers)
    page = next
    // Enough to split every row, some of them in the middle of what was read.
    for (let i = 0; i < 700; i++, comer = 3 + ((comer + 3_001) % 5_900)) {
      if (comer % 3 === 2) continue
      if (i % 4 === 0) await graph.unfollow(idOf(comer), idOf(1))
      else await graph.follow(idOf(comer), idOf(1), 5, false)
    }
  } while (page !== undefined)
  expect(sorted(seen.filter((reader) => reader % 3 === 2))).toEqual(steady)
  expect(seen.length).toBe(new Set(seen).size)
})

test('edges made lately are remembered with their `since`, for as long as a cursor lives', async () => {
  let now = Date.UTC(2026, 0, 1)
  const { graph, db } = openGraph(20, () => now)
  const first = idAt(now)
  await graph.follow(idOf(1), idOf(2), first, false)
  await graph.follow(idOf(1), idOf(2), first + 999, true)
  expect(await graph.followedSince(idOf(1))).toEqual(new Map([[idOf(2), first]]))
  await graph.unfollow(idOf(1), idOf(2))
  expect((await graph.followedSince(idOf(1))).size).toBe(0)
  await graph.follow(idOf(1), idOf(3), first, false)
  now += cursorAgeMaxMs + 1
  await graph.follow(idOf(1), idOf(4), idAt(now), false)
  expect(await graph.followedSince(idOf(1))).toEqual(new Map([[idOf(4), idAt(now)]]))
  expect(db.query('SELECT count(*) FROM recent_follows').values()).toEqual([[1]])
})

test('strangers, oneself and foreign tokens', async () => {
  const { graph } = openGraph(2)
  await expect(graph.follow(idOf(1), idOf(1), 5, false)).rejects.toThrow('oneself')
  await expect(graph.follow(idOf(1), idOf(9), 5, false)).rejects.toThrow('no such user')
  expect(await graph.unfollow(idOf(1), idOf(9))).toBe(false)
  expect(await fanout(graph, 9)).toEqual([[]])
  expect((await graph.followees(idOf(9))).size).toBe(0)
  expect(await graph.followerCount(idOf(9))).toBe(0)
  for (const page of ['', '-1', '0', 'x', '1e3', '999999999']) {
    await expect(graph.listFollowers(idOf(1), page, 5)).rejects.toThrow('`next`')
  }
})

test('warmed, pages come from memory, and follows and unfollows still count at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-graph-'))
  try {
    const { graph, db } = openGraph(3_000, undefined, 8_000_000, join(folder, 'graph.db'))
    for (let reader = 2; reader <= 2_000; reader++) {
      await graph.follow(idOf(reader), idOf(1), 5, false)
      await graph.follow(idOf(reader), idOf(reader + 1), 5, false)
    }
    await graph.warm(new AbortController().signal)
    const direct = db.query('UPDATE follower_pages SET members = ? WHERE key = ?')
    direct.run(new Uint8Array(0), rowKey(1_000, 0))
    expect(await fanout(graph, 1_000)).toEqual([[1_000, 999]])
    expect((await fanout(graph, 1)).flat()).toHaveLength(2_000)
    await graph.follow(idOf(7), idOf(500), 5, false)
    expect(await fanout(graph, 500)).toEqual([[500, 7, 499]])
    await graph.unfollow(idOf(499), idOf(500))
    expect(await fanout(graph, 500)).toEqual([[500, 7]])
    expect(await fanout(graph, 2_900)).toEqual([[2_900]])
    await graph.follow(idOf(9), idOf(2_900), 5, false)
    expect(await fanout(graph, 2_900)).toEqual([[2_900, 9]])
    db.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a full cache of rows overwrites the oldest, and never gives one for another', () => {
  const rows = new RowCache(3 * 2 ** 20, 10)
  const rowOf = (owner: number) => new Uint8Array((owner * 37) % 3_000).fill(owner)
  for (let owner = 1; owner <= 20_001; owner++) {
    rows.set(owner, rowOf(owner))
    if (owner % 3 === 0) rows.delete(owner - 1)
  }
  expect(rows.full).toBe(true)
  let held = 0
  for (let owner = 1; owner <= 20_001; owner++) {
    const row = rows.get(owner)
    if (row === undefined) continue
    held++
    expect(owner % 3).not.toBe(2)
    if (Buffer.compare(row, rowOf(owner)) !== 0) throw new Error(`the row of ${owner} is another's`)
  }
  expect(held).toBeGreaterThan(700)
  expect(rows.get(20_001)).toEqual(rowOf(20_001))
  expect(rows.get(1)).toBeUndefined()
  expect(rows.get(1_000_000)).toBeUndefined()
})
