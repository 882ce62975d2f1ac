import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbedded } from '../../src/engines/embedded/index.ts'
import type { Engine } from '../../src/ports/engine.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from './clock.ts'
import { allContracts } from './suites.ts'

async function open(clock: MovableClock, data: string): Promise<Opened<keyof Engine>> {
  const engine = await openEmbedded({ data, memoryBytes: 64 * 1024 * 1024, clock })
  return {
    engine,
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    async reopen() {
      await engine.close()
      return open(clock, data)
    },
    async close() {
      await engine.close()
      rmSync(data, { recursive: true })
    },
  }
}

allContracts('embedded', () => open(new MovableClock(), mkdtempSync(join(tmpdir(), 'rookery-'))))
