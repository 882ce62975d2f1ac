import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { UserId } from '../../src/core/ids.ts'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { createDirty } from '../../src/engines/cluster/cassandra/dirty.ts'
import { type CassandraGraph, createCassandraGraph } from '../../src/engines/cluster/cassandra/graph.ts'
import { followerPlace, shardNumber, shardsOf } from '../../src/engines/cluster/cassandra/graph-keys.ts'
import { createWriteTimes } from '../../src/engines/cluster/cassandra/write-times.ts'
import { blocksContract } from '../../src/ports/blocks.contract.ts'
import { graphContract } from '../../src/ports/graph.contract.ts'
import { inParts, oldestFirst, takeId, takeIds } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropRoads, type OpenedRoad, openRoad } from './cassandra-road.ts'

graphContract('cassandra', openRoad)
blocksContract('cassandra', openRoad)

afterAll(dropRoads)

const writeFollower = statement(
  'INSERT INTO followers (followee, level, shard, s, follower, since, notify) VALUES (?, ?, ?, ?, ?, ?, false) USING TIMESTAMP ?',
)
const countMarks = statement<{ n: number }>('SELECT count(*) AS n FROM dirty')

describe('cassandra: follow edges', () => {
  let opened: OpenedRoad
  let graph: CassandraGraph
  beforeAll(async () => {
    opened = await openRoad()
    graph = opened.road.graph
  })
  afterAll(() => opened.close())

  /** A graph as of another process, whose limits are reached with few followers. */
  function small(clock = opened.clock): CassandraGraph {
    const { db } = opened
    const limits = { countedMax: 10, perShardMax: 20 }
    return createCassandraGraph({
      db,
      clock,
      writeTime: createWriteTimes(clock),
      dirty: createDirty({ db, clock }),
      ...limits,
    })
  }

  const followers = async (user: UserId) => oldestFirst((await graph.listFollowers(user, undefined, 1_000)).users)
  const readers = async (user: UserId) => [...(await graph.fanoutPage(user, undefined)).readers].slice(1)

  async function leaveFollower(follower: UserId, followee: UserId, at: number): Promise<void> {
    await opened.db.write(writeFollower, [...followerPlace(followee, 0, follower), takeId(), at * 1_000])
  }

  test('[G1] a follow that died half-way is completed by the list that meets it', async () => {
    const [anna, bela] = takeIds(2) as [UserId, UserId]
    await leaveFollower(anna, bela, opened.now())
    expect(await graph.edge(anna, bela)).toBeUndefined()
    expect(await followers(bela)).toEqual([anna])
    expect(await graph.edge(anna, bela)).toEqual({ notify: false })
    expect([...(await graph.followees(anna)).ids]).toEqual([bela])
  })

  test('[G1] an unfollow that died half-way is completed by the list that meets it', async () => {
    const [anna, cleo] = takeIds(2) as [UserId, UserId]
    await graph.follow(anna, cleo, takeId(), false)
    // As far as an unfollow comes first.
    const writeGone = statement(
      'INSERT INTO following (follower, followee, level, since, notify) VALUES (?, ?, -1, 1, false) USING TIMESTAMP ? AND TTL 3600',
    )
    await opened.db.write(writeGone, [anna, cleo, opened.now() * 1_000 + 1_000])
    expect(await readers(cleo)).toEqual([anna])
    expect(await followers(cleo)).toEqual([])
    expect(await readers(cleo)).toEqual([])
    expect(await graph.edge(anna, cleo)).toBeUndefined()
  })

  test('[G1] what died half-way is completed by the next follow, and by the next unfollow', async () => {
    const [anna, bela, cleo] = takeIds(3) as [UserId, UserId, UserId]
    await leaveFollower(anna, bela, opened.now())
    expect(await graph.follow(anna, bela, takeId(), false)).toBe(true)
    expect(await graph.edge(anna, bela)).toEqual({ notify: false })
    const at = opened.now()
    await leaveFollower(anna, cleo, at)
    expect(await graph.unfollow(anna, cleo)).toBe(false)
    expect(await readers(cleo)).toEqual([])
    // Nor does the other half bring it back when it arrives after all.
    const late = statement(
      'INSERT INTO following (follower, followee, level, since, notify) VALUES (?, ?, 0, 1, false) USING TIMESTAMP ?',
    )
    await opened.db.write(late, [anna, cleo, at * 1_000])
    expect(await graph.edge(anna, cleo)).toBeUndefined()
  })

  test('[G2] [G3] the later wish prevails though its host’s clock is behind', async () => {
    const [anna, bela] = takeIds(2) as [UserId, UserId]
    const ahead = new MovableClock()
    await ahead.pass(opened.now() - ahead.now() + 900)
    const other = small(ahead)
    await other.follow(anna, bela, takeId(), false)
    expect(await graph.unfollow(anna, bela)).toBe(true)
    expect(await graph.edge(anna, bela)).toBeUndefined()
    expect(await readers(bela)).toEqual([])
    await other.follow(anna, bela, takeId(), false)
    await other.unfollow(anna, bela)
    expect(await graph.follow(anna, bela, takeId(), false)).toBe(true)
    expect(await graph.edge(anna, bela)).toEqual({ notify: false })
    expect(await followers(bela)).toEqual([anna])
  })

  test('[G10] beyond a bound followers are counted by shard, after a mark that is there before the edge', async () => {
    const graph = small()
    const [star, ...fans] = takeIds(15) as [UserId, ...UserId[]]
    for (const fan of fans) await graph.follow(fan, star, takeId(), false)
    expect(await graph.followerCount(star)).toBe(14)
    const marks = (await opened.db.one(countMarks, []))!.n
    await opened.pass(5_000)
    const [more] = takeIds(1) as [UserId]
    await graph.follow(more, star, takeId(), false)
    expect((await opened.db.one(countMarks, []))!.n).toBe(marks + 1)
    await graph.recount(star, 0)
    await opened.pass(60_000)
    expect(await graph.followerCount(star)).toBe(15)
    await graph.unfollow(more, star)
    await graph.recount(star, 0)
    expect(await graph.followerCount(star)).toBe(14)
  })

  test('[G4] [G5] a level is raised while a job walks: all that stayed are on one page, and newcomers find their shards', async () => {
    const graph = small()
    const [star, ...fans] = takeIds(1_001) as [UserId, ...UserId[]]
    const [first, second] = [fans.slice(0, 500), fans.slice(500)]
    await inParts(first, (fan) => graph.follow(fan, star, takeId(), false))
    await graph.recount(star, shardNumber(0, 0))
    await inParts(second.slice(0, 300), (fan) => graph.follow(fan, star, takeId(), false))
    const seen: UserId[] = []
    let page: string | undefined
    let raised = false
    do {
      const found = await graph.listFollowers(star, page, 90)
      seen.push(...found.users)
      page = found.next
      if (seen.length >= 300 && !raised) {
        raised = true
        for (let shard = 0; shard < shardsOf(1); shard++) await graph.recount(star, shardNumber(1, shard))
        await inParts(second.slice(300), (fan) => graph.follow(fan, star, takeId(), false))
        await inParts(first.slice(0, 50), (fan) => graph.unfollow(fan, star))
      }
    } while (page !== undefined)
    const stayed = fans.slice(50, 800)
    const counts = new Map<UserId, number>()
    for (const user of seen) counts.set(user, (counts.get(user) ?? 0) + 1)
    expect(stayed.filter((user) => counts.get(user) !== 1)).toEqual([])
    const levels = statement<{ level: number }>('SELECT level FROM following WHERE follower = ? AND followee = ?')
    expect((await opened.db.one(levels, [fans.at(-1)!, star]))?.level).toBe(2)
    const { readers, next } = await graph.fanoutPage(star, undefined)
    expect(next).toBeUndefined()
    expect(oldestFirst(readers.subarray(1))).toEqual(fans.slice(50))
  })

  test('[G8] what is no token of ours is refused', async () => {
    const [user] = takeIds(1) as [UserId]
    for (const page of ['x', '0', '9.0.0.0.1', '1.2.0.0.1', '0.0.1.0.1', '0.0.0.0.99999999999999999']) {
      expect(graph.listFollowers(user, page, 10)).rejects.toMatchObject({ code: 'invalid' })
    }
    expect(graph.listFollowing(user, '-1', 10)).rejects.toMatchObject({ code: 'invalid' })
  })
})
