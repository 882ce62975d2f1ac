import { describe, expect, test } from 'bun:test'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { createCassandraHostUsers } from '../../src/engines/cluster/cassandra/host-users.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { createCassandraUsers } from '../../src/engines/cluster/cassandra/users.ts'
import { createCassandraWithdrawn } from '../../src/engines/cluster/cassandra/withdrawn.ts'
import { createMemoryEngine, createMemoryTruth, type MemoryTruth } from '../../src/engines/memory/index.ts'
import { systemClock } from '../../src/ports/clock.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { hostUsersContract } from '../../src/ports/host-users.contract.ts'
import { makeUsers, type Opened, opening, takeId } from '../../src/ports/support.contract.ts'
import { usersContract } from '../../src/ports/users.contract.ts'
import { withdrawnContract } from '../../src/ports/withdrawn.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'

const tables = tablesOf(baseTables, 'users', 'handles', 'user_words', 'tokens', 'withdrawn', 'generations', 'subs')

type Ports = Pick<Engine, 'users' | 'hostUsers' | 'withdrawn' | 'graph' | 'messages'>

async function open(keyspace: string, clock: MovableClock, truth: MemoryTruth): Promise<Opened<keyof Ports>> {
  const { db } = await openKeyspace(keyspace, { clock, tables })
  const { graph, messages, users } = createMemoryEngine({ clock, truth })
  const stored = createCassandraUsers({ db, clock, counts: (id) => users.counts(id) })
  const engine = {
    graph,
    messages,
    users: stored,
    hostUsers: createCassandraHostUsers(db, stored),
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
hostUsersContract('cassandra', begin)

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

describe('cassandra: users of a host', () => {
  test('a creation that did not end is ended by whoever comes by the same `sub`, with the same id', async () => {
    const keyspace = newKeyspace()
    const { db } = await openKeyspace(keyspace, { tables })
    try {
      const users = createCassandraUsers({
        db,
        clock: systemClock,
        counts: async () => ({ followers: 0, following: 0, messages: 0 }),
      })
      const hostUsers = createCassandraHostUsers(db, users)
      const user = (id: number) => ({ id, handle: 'begun', name: 'Begun', bio: '', role: 'user' }) as const
      const [left, came] = [takeId(), takeId()]
      // What a process leaves that dies after it has claimed `sub` and handle.
      const claims = [
        ['INSERT INTO subs (sub, user_id, name, named_at) VALUES (?, ?, ?, ?) IF NOT EXISTS', ['begun', left, 'B', 1]],
        ['INSERT INTO handles (handle, user_id) VALUES (?, ?) IF NOT EXISTS', ['begun', left]],
      ] as const
      for (const [cql, values] of claims) {
        const look = { read: statement('SELECT sub FROM subs WHERE sub = ?'), values: ['begun'], mine: () => undefined }
        expect(await db.lwt(statement(cql), values, look)).toEqual({ applied: true })
      }
      expect(await users.byHandle('begun')).toBeUndefined()

      expect(await hostUsers.create('begun', user(came), 2)).toBe(left)
      expect(await users.byHandle('begun')).toEqual(user(left))
      expect(await users.many([came])).toEqual([undefined])
      expect((await users.search('Begun', undefined, 5)).map(({ id }) => id)).toEqual([left])
    } finally {
      await db.close()
      await dropKeyspace(keyspace)
    }
  })
})
