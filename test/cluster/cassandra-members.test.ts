import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { idAt } from '../../src/core/ids.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Cassandra } from '../../src/engines/cluster/cassandra/client.ts'
import { createCassandraGenerations } from '../../src/engines/cluster/cassandra/generations.ts'
import { createLeads } from '../../src/engines/cluster/cassandra/leads.ts'
import { joinMembers } from '../../src/engines/cluster/cassandra/members.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { type Chance, systemChance } from '../../src/ports/chance.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { membersContract } from '../../src/ports/members.contract.ts'
import { type Opened, takeId } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'

const tables = tablesOf(baseTables, 'nodes', 'leads', 'generations')

const join = (db: Cassandra, clock: Clock, roles: readonly string[] = [], chance: Chance = systemChance) =>
  joinMembers({ db, clock, chance, address: '127.0.0.1:1', roles, log: silentLog })

async function open(keyspace: string, clock: MovableClock): Promise<Opened<'members'>> {
  const { db } = await openKeyspace(keyspace, { clock, tables })
  const members = await join(db, clock)
  return {
    engine: { members },
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    async reopen() {
      await members.leave()
      await db.close()
      return open(keyspace, clock)
    },
    async close() {
      await members.leave()
      await db.close()
      await dropKeyspace(keyspace)
    },
  }
}

membersContract('cassandra', () => open(newKeyspace(), new MovableClock()))

describe('cassandra: several processes', () => {
  const keyspace = newKeyspace()
  let db: Cassandra
  beforeAll(async () => {
    db = (await openKeyspace(keyspace, { tables })).db
  })
  afterAll(async () => {
    await db.close()
    await dropKeyspace(keyspace)
  })

  /** Processes in one test, each with its own clock; numbers are free again when it ends. */
  async function processes(count: number) {
    const clocks = Array.from({ length: count }, () => new MovableClock())
    const joined = await Promise.all(clocks.map((clock, i) => join(db, clock, [`role${i}`])))
    const all = joined.map((members, i) => ({ members, clock: clocks[i]! }))
    return {
      all,
      pass: (ms: number) => Promise.all(clocks.map((clock) => clock.pass(ms))).then(() => {}),
      leave: () => Promise.all(joined.map((members) => members.leave())),
    }
  }

  test('[MP1] processes that start together have different numbers, and see each other', async () => {
    const { all, leave } = await processes(8)
    const nodes = all.map(({ members }) => members.node)
    expect(new Set(nodes).size).toBe(8)
    const listed = await all[0]!.members.list()
    expect(listed.map(({ node }) => node).sort()).toEqual([...nodes].sort())
    expect(listed.find(({ node }) => node === nodes[3])).toEqual({
      node: nodes[3]!,
      address: '127.0.0.1:1',
      roles: ['role3'],
    })
    await leave()
    const [last] = (await processes(1)).all
    expect(await last!.members.list()).toHaveLength(1)
    await last!.members.leave()
  })

  test('[MP2] what is in flight anywhere bounds everybody, and what has left nobody', async () => {
    const { all, pass, leave } = await processes(2)
    const [one, other] = all as [(typeof all)[0], (typeof all)[0]]
    const id = takeId()
    let lowest = id
    one.members.announce(() => lowest)
    await pass(10_000)
    await until(() => other.members.lowestInFlight() <= id)
    await pass(10_000)
    expect(other.members.lowestInFlight()).toBeLessThanOrEqual(id)
    lowest = Number.POSITIVE_INFINITY
    await until(() => other.members.lowestInFlight() > id)
    await leave()
  })

  test('[MP2] a process that cannot tell bounds the others by what it told last, until its lease has ended', async () => {
    const { all, leave } = await processes(1)
    const silent = new MovableClock()
    // Its clock stands still for its own timers only: it never renews.
    const stopped = await join(db, { now: () => silent.now(), sleep: (_, signal) => untilAborted(signal!) })
    const joinedAt = silent.now()
    const [one] = all as [(typeof all)[0]]
    const pass = (ms: number) => one.clock.pass(ms)
    await pass(20_000)
    await one.members.list()
    expect(one.members.lowestInFlight()).toBeLessThanOrEqual(idAt(joinedAt + 1_000))
    await pass(15_000)
    await until(() => one.members.lowestInFlight() > idAt(joinedAt + 25_000))
    await stopped.leave()
    await leave()
  })

  test('[MP3] of several processes one leads, and another once it has left or its lease has ended', async () => {
    const clocks = [new MovableClock(), new MovableClock(), new MovableClock()] as const
    const [one, two, three] = clocks.map((clock, i) => createLeads(db, clock, `holder${i}`)) as [Leads, Leads, Leads]
    const task = 'task'
    const first = await Promise.all([one.leads(task), two.leads(task), three.leads(task)])
    expect(first.filter(Boolean)).toHaveLength(1)
    const leader = first.indexOf(true)
    const all = [one, two, three]
    const [heir, third] = [(leader + 1) % 3, (leader + 2) % 3] as [number, number]
    expect(await all[leader]!.leads(task)).toBe(true)
    await clocks[heir]!.pass(2_000)
    expect(await all[heir]!.leads(task)).toBe(false)
    await all[leader]!.release()
    await clocks[heir]!.pass(2_000)
    expect(await all[heir]!.leads(task)).toBe(true)
    // It falls silent: nobody leads before its lease and the gap behind it have ended.
    await clocks[third]!.pass(9_000)
    expect(await all[third]!.leads(task)).toBe(false)
    await clocks[third]!.pass(7_000)
    expect(await all[third]!.leads(task)).toBe(true)
    await clocks[heir]!.pass(8_000)
    expect(await all[heir]!.leads(task)).toBe(false)
  })

  test('generations: each raise is seen by every read that begins later, and none is lost', async () => {
    const [one, other] = [
      createCassandraGenerations({ db, of: 'inboxes' }),
      createCassandraGenerations({ db, of: 'inboxes' }),
    ]
    expect([...(await one.read())]).toEqual(new Array(64).fill(0))
    await one.raise(3)
    await other.raise(3)
    await other.raise(63)
    const numbers = await one.read()
    expect([numbers[3], numbers[63], numbers[0]]).toEqual([2, 1, 0])
    await Promise.all([one.raise(3), other.raise(3), one.raise(3)])
    expect((await one.read())[3]).toBeGreaterThan(2)
    const bodies = createCassandraGenerations({ db, of: 'bodies' })
    await bodies.raise(5)
    expect([(await bodies.read())[3], (await bodies.read())[5], (await one.read())[5]]).toEqual([0, 1, 0])
  })
})

test('cassandra: [MP1] a lease that was lost is told, and its number goes on no earlier than a second after its end', async () => {
  const keyspace = newKeyspace()
  const { db } = await openKeyspace(keyspace, { tables })
  const silent = new MovableClock()
  let wake = () => {}
  const asleep = new Promise<void>((resolve) => (wake = resolve))
  const first = { ...systemChance, number: () => 0 }
  const lost = await join(
    db,
    { now: () => silent.now(), sleep: (_, signal) => Promise.race([asleep, untilAborted(signal!)]) },
    [],
    first,
  )
  const clock = new MovableClock()
  await clock.pass(30_500)
  const early = await join(db, clock, [], first)
  expect(early.node).not.toBe(lost.node)
  await clock.pass(1_000)
  const heir = await join(db, clock, [], first)
  expect(heir.node).toBe(lost.node)
  expect(heir.leaseStart).toBeGreaterThanOrEqual(lost.leaseEnd() + 1_000)
  wake()
  expect(lost.lost).rejects.toThrow(/taken over/)
  await lost.lost.catch(() => {})
  await Promise.all([lost, early, heir].map((members) => members.leave()))
  await db.close()
  await dropKeyspace(keyspace)
})

type Leads = ReturnType<typeof createLeads>

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
