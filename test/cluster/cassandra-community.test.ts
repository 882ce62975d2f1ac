import { createCassandraAudit } from '../../src/engines/cluster/cassandra/audit.ts'
import { createCassandraInvites } from '../../src/engines/cluster/cassandra/invites.ts'
import { createCassandraReports } from '../../src/engines/cluster/cassandra/reports.ts'
import { communityTables } from '../../src/engines/cluster/cassandra/schema-community.ts'
import { auditContract } from '../../src/ports/audit.contract.ts'
import { invitesContract } from '../../src/ports/invites.contract.ts'
import { reportsContract } from '../../src/ports/reports.contract.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace, openKeyspace } from './cassandra.ts'

async function open(keyspace: string, clock: MovableClock): Promise<Opened<'reports' | 'invites' | 'audit'>> {
  const { db } = await openKeyspace(keyspace, { clock, tables: communityTables })
  return {
    engine: {
      reports: createCassandraReports({ db, clock }),
      invites: createCassandraInvites({ db, clock }),
      audit: createCassandraAudit({ db, clock }),
    },
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

const begin = () => open(newKeyspace(), new MovableClock())

reportsContract('cassandra', begin)
invitesContract('cassandra', begin)
auditContract('cassandra', begin)
