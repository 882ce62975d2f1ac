import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Cassandra, statement } from '../../src/engines/cluster/cassandra/client.ts'
import { openCassandraHotLog } from '../../src/engines/cluster/cassandra/hot-log.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { type Clock, systemClock } from '../../src/ports/clock.ts'
import { hotLogContract } from '../../src/ports/hot-log.contract.ts'
import { type Opened, takeId, takeIds } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, emptyTables, newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'

const tables = tablesOf(baseTables, 'hot', 'hot_state')

const openLog = (db: Cassandra, clock: Clock = systemClock) => openCassandraHotLog({ db, clock, chance: systemChance })

async function open(keyspace: string, clock: MovableClock): Promise<Opened<'hotLog' | 'users'>> {
  const { db } = await openKeyspace(keyspace, { clock, tables })
  return {
    engine: { hotLog: await openLog(db, clock), users: createMemoryEngine({ clock }).users },
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    async reopen() {
      await db.close()
      return open(keyspace, clock)
    },
    close: () => db.close(),
  }
}

// Each test of the contract wants an empty log, one after the other: one keyspace does for all.
const contracts = newKeyspace()
hotLogContract('cassandra', async () => {
  const { db } = await openKeyspace(contracts, { tables })
  await emptyTables(db, tables)
  await db.close()
  return open(contracts, new MovableClock())
})
afterAll(() => dropKeyspace(contracts))

describe('cassandra: one hot log in several processes', () => {
  const keyspace = newKeyspace()
  let db: Cassandra
  beforeAll(async () => {
    db = (await openKeyspace(keyspace, { tables })).db
  })
  afterAll(async () => {
    await db.close()
    await dropKeyspace(keyspace)
  })

  test('[H1] [H2] processes that append at once agree on every position, and no id stands twice', async () => {
    const [one, two, three] = await Promise.all([openLog(db), openLog(db), openLog(db)])
    const ids = takeIds(20)
    const before = one.head()
    const entries = await Promise.all(
      ids.flatMap((id, i) => [
        [one, two, three][i % 3]!.append(id, 7, false),
        [two, three, one][i % 3]!.append(id, 7, false),
      ]),
    )
    for (let i = 0; i < entries.length; i += 2) expect(entries[i]).toEqual(entries[i + 1])
    await Promise.all([one, two, three].map((log) => log.refresh()))
    const all = one.after(before, 100)
    expect(all.map((entry) => entry.position)).toEqual(ids.map((_, i) => before + 1 + i))
    expect(new Set(all.map((entry) => entry.id))).toEqual(new Set(ids))
    expect(two.after(before, 100)).toEqual(all)
    expect(three.after(before, 100)).toEqual(all)
    expect((await openLog(db)).after(before, 100)).toEqual(all)
  })

  test('[H4] a refresh sees every append that resolved before it was asked for', async () => {
    const [one, two] = await Promise.all([openLog(db), openLog(db)])
    for (let i = 0; i < 10; i++) {
      const { position } = await one.append(takeId(), 7, i % 2 === 0)
      await two.refresh()
      expect(two.head()).toBe(position)
      expect(two.after(position - 1, 1)).toEqual(one.after(position - 1, 1))
    }
  })

  test('[H1] the log goes on over the end of a partition, and old partitions go', async () => {
    const log = await openLog(db)
    const insert = statement('INSERT INTO hot (bucket, seq, msg_id, author, crossed) VALUES (?, ?, ?, 7, false)')
    const first = log.head() + 1
    const ids = takeIds(10_000 - first)
    // As many as lead up to the end of the partition, without a compare-and-set each.
    for (let from = 0; from < ids.length; from += 500) {
      await db.batch(ids.slice(from, from + 500).map((id, i) => [insert, [0, first + from + i, id]] as const))
    }
    await log.refresh()
    expect(log.head()).toBe(9_999)
    const [last, next, third] = [ids.at(-1)!, takeId(), takeId()]
    expect((await log.append(next, 7, false)).position).toBe(10_000)
    const other = await openLog(db)
    expect(other.after(9_998, 10).map((entry) => entry.id)).toEqual([last, next])
    expect((await other.append(third, 7, true)).position).toBe(10_001)
    await log.refresh()
    expect(log.head()).toBe(10_001)
    await log.forget(next)
    const rows = await db.read(statement<{ seq: number }>('SELECT seq FROM hot WHERE bucket = 0'), [])
    expect(rows).toEqual([])
    for (const reader of [log, await openLog(db)]) {
      expect(reader.after(0, 10).map((entry) => entry.id)).toEqual([next, third])
      expect(reader.reach()).toBe(last)
    }
  })
})
