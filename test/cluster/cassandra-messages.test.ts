import { messagesContract } from '../../src/ports/messages.contract.ts'
import { openRoad } from './cassandra-road.ts'

messagesContract('cassandra', () => openRoad())
