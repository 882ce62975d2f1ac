import { createCassandraIdempotency } from '../../src/engines/cluster/cassandra/idempotency.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import { idempotencyContract } from '../../src/ports/idempotency.contract.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'

async function open(keyspace: string, clock: MovableClock): Promise<Opened<'idempotency' | 'users'>> {
  const { db } = await openKeyspace(keyspace, { clock, tables: tablesOf(baseTables, 'idem') })
  return {
    engine: { idempotency: createCassandraIdempotency({ db }), users: createMemoryEngine({ clock }).users },
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    async reopen() {
      await db.close()
      return open(keyspace, clock)
    },
    async close() {
      await db.close()
      await dropKeyspace(keyspace)
    },
  }
}

idempotencyContract('cassandra', () => open(newKeyspace(), new MovableClock()))
