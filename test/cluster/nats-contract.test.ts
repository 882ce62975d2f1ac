import { createMemoryEngine, createMemoryTruth } from '../../src/engines/memory/index.ts'
import { busContract } from '../../src/ports/bus.contract.ts'
import { queueContract } from '../../src/ports/queue.contract.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropStreams, newKeyspace, openBus, openQueue } from './nats.ts'

/** Small, so that the queue is full within the suite's patience: some hundred jobs. */
const bytesMax = 96 * 1024
const passedOverMs = 100

queueContract('nats', async () => {
  const clock = new MovableClock()
  return open(clock, newKeyspace())
})

async function open(clock: MovableClock, keyspace: string): Promise<Opened<'queue' | 'messages' | 'users'>> {
  const { messages, users } = createMemoryEngine({ clock, truth: createMemoryTruth() })
  const own = await openQueue({ keyspace, clock, bytesMax })
  return {
    engine: { queue: own.queue, messages, users },
    now: () => clock.now(),
    // What is on its way to the server and back takes real time, so only long waits are passed over.
    pass: (ms) => (ms > passedOverMs ? clock.pass(ms) : Bun.sleep(ms)),
    async reopen() {
      await own.close()
      return open(clock, keyspace)
    },
    async close() {
      await dropStreams(own)
      await own.close()
    },
  }
}

busContract('nats', async () => {
  const own = await openBus(newKeyspace())
  const opened: Opened<'bus'> = {
    engine: { bus: own.bus },
    now: () => Date.now(),
    pass: (ms) => Bun.sleep(ms),
    reopen: async () => opened,
    close: own.close,
  }
  return opened
})
