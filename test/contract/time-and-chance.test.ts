import { chanceContract } from '../../src/ports/chance.contract.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { clockContract } from '../../src/ports/clock.contract.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { Random } from '../../src/sim/random.ts'
import { Scheduler, SimulatedClock } from '../../src/sim/scheduler.ts'
import { MovableClock } from './clock.ts'

clockContract('the system', () => ({ clock: systemClock, pass: (ms) => systemClock.sleep(ms) }))
clockContract('contract tests', () => {
  const clock = new MovableClock()
  return { clock, pass: (ms) => clock.pass(ms) }
})
clockContract('simulation', () => {
  const scheduler = new Scheduler(Date.UTC(2026, 0, 1))
  const clock = new SimulatedClock(scheduler, () => true)
  return { clock, pass: async (ms) => scheduler.run(scheduler.now + ms) }
})

chanceContract('the system', () => systemChance)
chanceContract('simulation', () => new Random(20_250_101))
