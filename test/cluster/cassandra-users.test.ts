import { describe, expect, test } from 'bun:test'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { createCassandraUsers } from '../../src/engines/cluster/cassandra/users.ts'
import { createCassandraWithdrawn } from '../../src/engines/cluster/cassandra/withdrawn.ts'
import { createMemoryEngine, createMemoryTruth, type MemoryTruth } from '../../src/engines/memory/index.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { makeUsers, type Opened, opening } from '../../src/ports/support.contract.ts'
import { usersContract } from '../../src/ports/users.contract.ts'
import { withdrawnContract } from '../../src/ports/withdrawn.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'

const tables = tablesOf(baseTables, 'users', 'handles', 'user_words', 'tokens', 'withdrawn', 'generations')

type Ports = Pick<Engine, 'users' | 'withdrawn' | 'graph' | 'messages'>

async function open(keyspace: string, clock: MovableClock, truth: MemoryTruth): Promise<Opened<keyof Ports>> {
  const { db } = await openKeyspace(keyspace, { clock, tables })
  const { graph, messages, users } = createMemoryEngine({ clock, truth })
  const engine = {
    graph,
    messages,
    users: createCassandraUsers({ db, clock, counts: (id) => users.counts(id) }),
    withdrawn: createCassandraWithdrawn(db),
  }
  return {
    engine,
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    async reopen() {
      await db.close()
      return open(keyspace, clock, truth)
    },
    async close() {
      await db.close()
      await dropKeyspace(keyspace)
    },
  }
}

const begin = () => open(newKeyspace(), new MovableClock(), createMemoryTruth())

usersContract('cassandra', begin)
withdrawnContract('cassandra', begin)

describe('cassandra: users', () => {
  const opened = opening(begin)

  test('search goes through more users of one beginning than a page holds, in order', async () => {
    const { users } = opened.engine
    const ids = await makeUsers(users, 120)
    const handles = ids.map((id) => `u${id.toString(36)}`).sort()
    const seen: string[] = []
    for (let after: string | undefined; ; after = seen.at(-1)) {
      const page = await users.search('u', after, 50)
      seen.push(...page.map((user) => user.handle))
      if (page.length < 50) break
    }
    expect(seen).toEqual(handles)
    expect((await users.search('user', undefined, 200)).map((user) => user.handle)).toEqual(handles)
  })

  test('of changes at the same time one name stays, and only that one finds the user', async () => {
    const { users } = opened.engine
    const [id] = (await makeUsers(users, 1)) as [number]
    const names = Array.from({ length: 10 }, (_, i) => `name${i}`)
    await Promise.all(names.map((name) => users.update(id, { name })))
    const name = (await users.many([id]))[0]!.name
    expect(names).toContain(name)
    for (const other of names) {
      const found = await users.search(other, undefined, 5)
      expect(found.map((user) => user.id)).toEqual(other === name ? [id] : [])
    }
  })
})
