import { afterAll } from 'bun:test'
import { engineContract } from '../../src/ports/engine.contract.ts'
import { idempotencyContract } from '../../src/ports/idempotency.contract.ts'
import { membersContract } from '../../src/ports/members.contract.ts'
import { messagesContract } from '../../src/ports/messages.contract.ts'
import { retentionContract } from '../../src/ports/retention.contract.ts'
import { dropEmptied, openEmpty } from '../cluster/opened.ts'

/**
 * The three engines as one: what the parts promise together. Each part's own suites run on its server beside (cassandra-*,
 * redis-*, nats-*), all of them through `openCluster` in test/cluster/one-door.test.ts.
 */
afterAll(dropEmptied, 120_000)

engineContract('cluster', openEmpty)
membersContract('cluster', openEmpty)
retentionContract('cluster', openEmpty)
messagesContract('cluster', openEmpty)
idempotencyContract('cluster', openEmpty)
