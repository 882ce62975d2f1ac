import { graphContract } from '../../src/ports/graph.contract.ts'
import { openRoad } from './cassandra-road.ts'

graphContract('cassandra', () => openRoad())
