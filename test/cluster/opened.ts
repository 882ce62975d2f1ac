import type { Engine } from '../../src/ports/engine.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropInstallation, emptyInstallation, newKeyspace, openTestCluster } from './cluster.ts'

/** What is on its way to a server and back takes real time, so only longer waits are passed over. */
const passedOverMs = 100
/** Small, so that the queue is full within a suite's patience: some hundred jobs. */
const queueBytesMax = 96 * 1024

/** Installations that were emptied: making one takes ten times as long. */
const free: string[] = []

/** An installation that holds nothing, for the contract suites. */
export function openEmpty(): Promise<Opened<keyof Engine>> {
  return open(new MovableClock(), free.pop() ?? newKeyspace())
}

/** To be called after all tests of a file. */
export async function dropEmptied(): Promise<void> {
  for (const keyspace of free.splice(0)) await dropInstallation(keyspace)
}

async function open(clock: MovableClock, keyspace: string): Promise<Opened<keyof Engine>> {
  const engine = await openTestCluster(keyspace, { clock, queueBytesMax })
  return {
    engine,
    now: () => clock.now(),
    pass: (ms) => (ms > passedOverMs ? clock.pass(ms) : Bun.sleep(ms)),
    async reopen() {
      await engine.close()
      return open(clock, keyspace)
    },
    async close() {
      await engine.close()
      await emptyInstallation(keyspace)
      free.push(keyspace)
    },
  }
}
