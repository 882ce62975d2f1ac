import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { idAt, idMax } from '../../src/core/ids.ts'
import type { ClusterEngine } from '../../src/engines/cluster/index.ts'
import { openEmbedded } from '../../src/engines/embedded/index.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { kinds } from '../../src/ports/copy.ts'
import { createRoad, type Road } from '../../src/services/road.ts'
import { oneSentence, rookeryEnds } from '../cli/process.ts'
import { call, PollingReader, sendSurely, wholeTimeline } from '../system/client.ts'
import { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { dropKeyspace } from './cassandra.ts'
import { dropInstallation, newKeyspace, openTestCluster } from './cluster.ts'
import { type CopyReport, copied, copies, fill, type Installation, sumsOf } from './copied.ts'

/** An installation moves to the cluster and back: one folder, one keyspace, and what every step must have kept. */
describe('to a cluster and back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-copy-'))
  const keyspace = newKeyspace()
  const first = join(folder, 'first')
  const back = join(folder, 'back')
  const last = join(folder, 'last')
  let filled: Installation
  let there: CopyReport
  /** Zoe's last on the cluster. */
  let clusterCursor = ''

  beforeAll(async () => {
    filled = await fill(first)
    there = await copied(`embedded:${first}`, `cluster:${keyspace}`)
  }, 120_000)

  afterAll(async () => {
    await dropInstallation(keyspace)
    rmSync(folder, { recursive: true, force: true })
  })

  test('[Y1] both sides hold the same rows of every kind', () => {
    expect(there).toMatchObject({ resumed: false, same: true })
    expect(there.compared.map(({ kind }) => kind)).toEqual([...kinds])
    expect(there.compared.filter(({ from }) => from.rows === 0).map(({ kind }) => kind)).toEqual([])
    expect(there.compared.filter(({ same }) => !same)).toEqual([])
    expect(there.rows).toBe(there.compared.reduce((sum, { to }) => sum + to.rows, 0))
  })

  test('[Y3] a second start copies nothing and compares once more', async () => {
    const again = await copied(`embedded:${first}`, `cluster:${keyspace}`)
    expect(again).toMatchObject({ resumed: true, rows: 0, same: true })
  }, 30_000)

  test('what comes back is what went', async () => {
    const home = await copied(`cluster:${keyspace}`, `embedded:${back}`)
    expect(sumsOf(home)).toEqual(sumsOf(there))
  }, 30_000)

  test('a folder with an older state, and one of another installation, are refused', async () => {
    const older = await copies(`cluster:${keyspace}`, `embedded:${first}`)
    expect(older).toMatchObject({ status: 1, out: '' })
    expect(older.errors).toContain('an older state of this installation')
    const other = join(folder, 'other')
    expect((await rookeryEnds('load', 'synthetic:users=9', '--data', other)).status).toBe(0)
    const refused = await copies(`cluster:${keyspace}`, `embedded:${other}`)
    expect(refused.status).toBe(1)
    expect(refused.errors.split('\n').at(-2)).toContain('holds another installation')
  }, 30_000)

  test('the cluster goes on with it: pages, cursors, keys, counts, and the fan-out that was under way', async () => {
    await onCluster(keyspace, async (engine, road) => {
      const { ann, bob, zoe, key, keyed, liked, likes, undone, dead } = filled
      const [annId, bobId, zoeId] = [ann, bob, zoe].map(({ id }) => Number(id)) as [number, number, number]
      const served = await copies(`cluster:${keyspace}`, `embedded:${back}`)
      expect(served.status).toBe(1)
      expect(served.errors.split('\n').at(-2)).toContain(`in use by a server (node ${engine.node})`)

      await until(async () => (await engine.outboxRows.row(undone))?.done === true, 20_000, 'the undone job was done')
      expect(await engine.outboxRows.deadJobs(10)).toEqual([{ id: dead, why: 'the engine said no ten times' }])

      const texts = async (since?: string) => {
        const page = await road.timeline.page(zoeId, since === undefined ? { length: 50 } : { length: 50, since })
        return page.messages.map((json) => (JSON.parse(json) as { text: string }).text)
      }
      expect(await texts()).toEqual([...filled.texts])
      expect(await texts(filled.cursor)).toEqual([...filled.since])

      expect(await engine.users.counts(annId)).toEqual({ followers: 5, following: 1, messages: 7 })
      expect(await engine.users.counts(bobId)).toEqual({ followers: 2, following: 1, messages: 11 })
      expect(await engine.graph.edge(zoeId, bobId)).toEqual({ notify: true })
      expect(await engine.graph.followedSince(zoeId)).toEqual(new Map([[bobId, filled.before + 1]]))
      expect(await engine.counts.of([liked])).toEqual([{ likes, boosts: 1, replies: 1 }])
      expect(await engine.boosts.boostedAmong(bobId, [liked])).toEqual(new Set([liked]))
      expect((await road.publish(bobId, { boostOf: liked })).again).toBe(true)
      expect((await road.replies(zoeId, liked, 0, idMax, 5)).messages).toHaveLength(1)
      expect(await engine.likes.likedAmong(zoeId, [liked])).toEqual(new Set([liked]))
      expect((await engine.users.search('Änne o', undefined, 5)).map(({ handle }) => handle)).toEqual(['ann'])
      expect((await engine.users.passwordHash(annId))?.startsWith('$argon2id$')).toBe(true)
      expect(engine.hotLog.head()).toBe(7)
      expect((await engine.users.many([zoeId]))[0]?.role).toBe('moderator')
      const [decided, open] = await engine.reports.list(undefined, idMax, 10)
      expect([decided?.state, decided?.note, open?.state]).toEqual(['resolved', 'told them', 'open'])
      expect((await engine.reports.list('open', idMax, 10)).map(({ id }) => id)).toEqual([open!.id])
      const [act] = await engine.audit.list(idMax, 10)
      expect(act).toMatchObject({ actor: zoeId, act: 'report', user: bobId, subject: decided!.id })
      expect((await road.publish(annId, { text: 'another text' }, key)).id).toBe(Number(keyed))

      await road.publish(annId, { text: 'from the cluster' })
      await until(async () => (await texts())[0] === 'from the cluster', 20_000, 'the new message was delivered')
      clusterCursor = (await road.timeline.page(zoeId, { length: 50 })).cursor!
    })
  }, 60_000)

  test('a server starts at once on the folder that came back, and nobody notices but by what is new', async () => {
    expect(await copied(`cluster:${keyspace}`, `embedded:${last}`)).toMatchObject({ same: true })
    const server = new ServerProcess(last)
    await server.start()
    try {
      const { address } = server
      const { ann, zoe, cursor, key, keyed, liked, likes } = filled
      const texts = ['from the cluster', ...filled.texts]
      await until(async () => (await wholeTimeline(address, zoe)).length === texts.length)
      expect((await wholeTimeline(address, zoe)).map(({ text }) => text)).toEqual(texts)

      const reader = new PollingReader(address, zoe)
      reader.cursor = cursor
      await reader.poll(4)
      expect(reader.seen.map(({ text }) => text)).toEqual(['from the cluster', ...filled.since].reverse())

      const session = await call(address, 'POST', '/sessions', {
        body: { handle: 'ann', password: 'correct horse battery' },
      })
      expect(session.status).toBe(201)
      const profile = await call(address, 'GET', `/users/${ann.id}`, { token: zoe.token })
      expect(profile.body).toMatchObject({ name: 'Änne O’Hara', bio: 'two\nlines, 🦜', followers: 5, messages: 8 })
      const message = await call(address, 'GET', `/messages/${liked}`, { token: zoe.token })
      expect(message.body).toMatchObject({ likes, boosts: 1, replies: 1, you: { liked: true } })
      const replies = await call<{ messages: { text: string }[] }>(address, 'GET', `/messages/${liked}/replies`, zoe)
      expect(replies.body.messages.map(({ text }) => text)).toEqual(['a reply'])
      const [boost] = (await wholeTimeline(address, zoe)).filter(({ text }) => text === '')
      expect(boost).toMatchObject({ boostOf: { id: String(liked) } })
      expect(await sendSurely(address, ann, 'another text', key)).toBe(keyed)

      // Ids go on above all that were ever given, here and there.
      const newest = await sendSurely(address, ann, 'at home again', 'home')
      const [first, second] = await wholeTimeline(address, zoe)
      expect([first?.id, second?.text]).toEqual([newest, 'from the cluster'])

      const locked = await copies(`embedded:${last}`, `cluster:${newKeyspace()}`)
      expect(locked.status).toBe(1)
      expect(locked.errors).toMatch(oneSentence)
      expect(locked.errors).toContain('is in use')
    } finally {
      expect(await server.end('SIGTERM')).toBe(0)
    }
  }, 60_000)

  test('a difference is found, told by kind, and ends with 1', async () => {
    const engine = await openEmbedded({ data: back, memoryBytes: 64 * 2 ** 20 })
    await engine.likes.like(Number(filled.bob.id), filled.undone)
    await engine.close()
    const { status, out, errors } = await copies(`cluster:${keyspace}`, `embedded:${back}`)
    expect(status).toBe(1)
    const { compared, same } = JSON.parse(out) as CopyReport
    expect(same).toBe(false)
    expect(compared.find(({ kind }) => kind === 'likes')?.same).toBe(false)
    expect(errors.split('\n').at(-2)).toMatch(/^rookery: Both sides differ in .*likes/)
  }, 30_000)

  test('into a keyspace of a former name: inboxes that Redis has kept from there count as lost', async () => {
    await dropKeyspace(keyspace)
    expect(await copied(`embedded:${last}`, `cluster:${keyspace}`)).toMatchObject({ same: true })
    await onCluster(keyspace, async (_, road) => {
      const zoe = Number(filled.zoe.id)
      const newest = await road.timeline.page(zoe, { length: 1 })
      const since = await road.timeline.page(zoe, { length: 50, since: clusterCursor })
      expect(newest.messages.join()).toContain('"at home again"')
      expect(since.messages.join()).toContain('"at home again"')
    })
  }, 180_000)

  test('into a keyspace that was served while it was empty', async () => {
    const tried = newKeyspace()
    try {
      const engine = await openTestCluster(tried)
      await engine.outboxRows.setWatermark(idAt(Date.now()))
      await engine.close()
      const { same, compared } = await copied(`embedded:${last}`, `cluster:${tried}`)
      expect(same).toBe(true)
      expect(compared.find(({ kind }) => kind === 'installation')?.same).toBe(true)
    } finally {
      await dropInstallation(tried)
    }
  }, 120_000)
})

/** The services over the cluster's engine, as a server has them. */
async function onCluster(keyspace: string, work: (engine: ClusterEngine, road: Road) => Promise<void>): Promise<void> {
  const engine = await openTestCluster(keyspace)
  const stop = new AbortController()
  const road = createRoad(engine, {
    clock: systemClock,
    chance: systemChance,
    authorJson: (author) => `{"id":"${author}"}`,
    hotFollowers: 3,
    dormantAfterMs: 1e9,
    bodiesBytesMax: 1e6,
    log: (problem, error) => console.error(problem, error),
  })
  const running = road.run(stop.signal)
  try {
    await work(engine, road)
  } finally {
    stop.abort()
    await running.catch(() => {})
    await engine.close()
  }
}
