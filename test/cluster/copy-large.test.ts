import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCopy } from '../../src/cli/copy/run.ts'
import { idAt, type UserId } from '../../src/core/ids.ts'
import { silentLog } from '../../src/core/log.ts'
import { connectAdmin } from '../../src/engines/cluster/cassandra/connect.ts'
import { partOf } from '../../src/engines/cluster/cassandra/deletions.ts'
import { openClusterPlace } from '../../src/engines/cluster/copy/place.ts'
import { openEmbeddedPlace } from '../../src/engines/embedded/copy/place.ts'
import { openEmbedded } from '../../src/engines/embedded/index.ts'
import { systemClock } from '../../src/ports/clock.ts'
import type { FollowGraph } from '../../src/ports/graph.ts'
import { testCassandra } from './cassandra.ts'
import { dropInstallation, newKeyspace, openTestCluster } from './cluster.ts'
import { load } from './copied.ts'
import { testEngines } from './engines.ts'

const folder = mkdtempSync(join(tmpdir(), 'rookery-copy-'))
const loaded = join(folder, 'loaded')
const back = join(folder, 'back')
const keyspace = newKeyspace()
/** An author with 100 followers then stands two levels up, in 16 shards. */
const perShardMax = 30

afterAll(async () => {
  await dropInstallation(keyspace)
  rmSync(folder, { recursive: true, force: true })
})

const quiet = { clock: systemClock, progress: () => {} }

async function clusterPlace(end: 'source' | 'target') {
  const { cassandra } = await testEngines()
  const options = { cassandra, keyspace, replication: 1, allowUnsafe: true, perShardMax, clock: systemClock }
  return openClusterPlace({ ...options, end, log: silentLog })
}

async function ask(cql: string): Promise<Record<string, unknown>[]> {
  const admin = await connectAdmin(testCassandra(), systemClock)
  const { rows = [] } = await admin.client.execute(cql)
  await admin.close()
  return rows as unknown as Record<string, unknown>[]
}

/** All followers in fan-out's pages but the author, and those that lists show. */
async function followersOf(graph: FollowGraph, author: UserId): Promise<UserId[]> {
  const users: UserId[] = []
  let page: string | undefined
  do {
    const { readers, next } = await graph.fanoutPage(author, page)
    users.push(...readers)
    page = next
  } while (page !== undefined)
  expect(users.shift()).toBe(author)
  return users.sort((a, b) => a - b)
}

async function listed(graph: FollowGraph, author: UserId): Promise<UserId[]> {
  const users: UserId[] = []
  let page: string | undefined
  do {
    const { users: some, next } = await graph.listFollowers(author, page, 30)
    users.push(...some)
    page = next
  } while (page !== undefined)
  return users.sort((a, b) => a - b)
}

test('a large author’s followers are spread over shards, listed, counted, and followed on', async () => {
  await load(loaded, 400)
  const from = openEmbeddedPlace({ data: loaded, end: 'source' })
  const to = await clusterPlace('target')
  expect(await runCopy({ ...quiet, from, to })).toMatchObject({ same: true, miscounts: [] })
  await Promise.all([from.close(), to.close()])

  const embedded = await openEmbedded({ data: loaded, memoryBytes: 64 * 2 ** 20 })
  const cluster = await openTestCluster(keyspace)
  try {
    const large = (await embedded.users.search('u', undefined, 200)).map(({ id }) => id)
    const counts = await Promise.all(large.map((id) => embedded.graph.followerCount(id)))
    const author = large[counts.indexOf(100)]!
    const followers = await listed(embedded.graph, author)
    expect(followers.length).toBe(100)
    expect(await followersOf(cluster.graph, author)).toEqual(followers)
    expect(await listed(cluster.graph, author)).toEqual(followers)
    expect(await cluster.graph.followerCount(author)).toBe(100)
    const rows = await ask(`SELECT shard, n FROM ${keyspace}.follower_counts WHERE followee = ${author}`)
    // Numbered on over the levels: level 2 has the shards 5 to 20.
    expect(rows.every(({ shard }) => Number(shard) >= 5 && Number(shard) <= 20)).toBe(true)
    expect(rows.reduce((sum, { n }) => sum + Number(n), 0)).toBe(100)

    const stranger = large.find((id) => id !== author && !followers.includes(id))!
    expect(await cluster.graph.follow(stranger, author, 1, false)).toBe(true)
    expect(await cluster.graph.unfollow(followers[0]!, author)).toBe(true)
    const now = [...followers.slice(1), stranger].sort((a, b) => a - b)
    expect(await followersOf(cluster.graph, author)).toEqual(now)
  } finally {
    await Promise.all([cluster.close(), embedded.close()])
  }
}, 120_000)

test('a deletion that did not come to its end is one: the message stays behind', async () => {
  const [message] = await ask(`SELECT id, author FROM ${keyspace}.messages LIMIT 1`)
  const [id, author] = [Number(message!.id), Number(message!.author)]
  const stamp = idAt(Date.now())
  await ask(
    `INSERT INTO ${keyspace}.deletions (part, stamp, id, author) VALUES (${partOf(stamp)}, ${stamp}, ${id}, ${author})`,
  )

  const from = await clusterPlace('source')
  const to = openEmbeddedPlace({ data: back, end: 'target' })
  expect(await runCopy({ ...quiet, from, to })).toMatchObject({ same: true, miscounts: [] })
  await Promise.all([from.close(), to.close()])

  const engine = await openEmbedded({ data: back, memoryBytes: 64 * 2 ** 20 })
  try {
    expect(await engine.messages.many([id])).toEqual([undefined])
    expect((await engine.messages.outbox(author, id + 1, 1))[0]?.id).not.toBe(id)
    expect(await engine.messages.deletions(0, 10)).toEqual([{ stamp, id, author }])
  } finally {
    await engine.close()
  }
}, 60_000)
