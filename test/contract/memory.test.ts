import { createMemoryEngine, createMemoryTruth, type MemoryTruth } from '../../src/engines/memory/index.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { sharedRatesContract } from '../../src/ports/rates.contract.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from './clock.ts'
import { allContracts } from './suites.ts'

function open(clock: MovableClock, truth: MemoryTruth): Opened<keyof Engine> {
  const engine = createMemoryEngine({ clock, truth })
  return {
    engine,
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    async reopen() {
      await engine.close()
      return open(clock, truth)
    },
    close: () => engine.close(),
  }
}

allContracts('memory', async () => open(new MovableClock(), createMemoryTruth()))
sharedRatesContract('memory', async () => open(new MovableClock(), createMemoryTruth()))
