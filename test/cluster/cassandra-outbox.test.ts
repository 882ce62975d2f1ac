import { outboxRowsContract } from '../../src/ports/outbox-rows.contract.ts'
import { openRoad } from './cassandra-road.ts'

outboxRowsContract('cassandra', () => openRoad())
