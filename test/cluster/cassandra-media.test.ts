import { createCassandraMedia } from '../../src/engines/cluster/cassandra/media.ts'
import { mediaTables } from '../../src/engines/cluster/cassandra/schema-media.ts'
import { mediaContract } from '../../src/ports/media.contract.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace, openKeyspace } from './cassandra.ts'

async function open(keyspace: string, clock: MovableClock): Promise<Opened<'media'>> {
  const { db } = await openKeyspace(keyspace, { clock, tables: mediaTables })
  return {
    engine: { media: createCassandraMedia({ db }) },
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

mediaContract('cassandra', () => open(newKeyspace(), new MovableClock()))
