import { expect, test } from 'bun:test'
import { Refusal } from '../../src/core/refusal.ts'
import { calm } from '../../src/sim/faults.ts'
import { Life, type Surroundings } from '../../src/sim/life.ts'
import { Random } from '../../src/sim/random.ts'
import { Scheduler, SimulatedClock } from '../../src/sim/scheduler.ts'

function surroundings(change: Partial<ReturnType<typeof calm>> = {}): Surroundings {
  const faults = { ...calm(), ...change }
  const [scheduler, random] = [new Scheduler(0), new Random(1)]
  return { scheduler, random, faults: () => faults, tracing: false, note() {}, holdUp() {} }
}

test('events happen in order of their moments, and of their planning within one', () => {
  const scheduler = new Scheduler(1_000)
  const seen: string[] = []
  const random = new Random(3)
  const moments = Array.from({ length: 200 }, () => random.between(0, 50))
  moments.forEach((ms, i) => {
    scheduler.after(ms, () => seen.push(`${scheduler.now - 1_000} ${i}`))
  })
  scheduler.run(1_100)
  const expected = moments.map((ms, i) => ({ ms, i })).sort((a, b) => a.ms - b.ms || a.i - b.i)
  expect(seen).toEqual(expected.map(({ ms, i }) => `${ms} ${i}`))
  expect(scheduler.now).toBe(1_100)
})

test('whatever can go on goes on before the next event', () => {
  const scheduler = new Scheduler(0)
  const seen: string[] = []
  const steps = async () => {
    await scheduler.sleep(1)
    for (let step = 0; step < 20; step++) {
      seen.push(`step ${step} at ${scheduler.now}`)
      await Promise.resolve()
    }
  }
  void steps()
  scheduler.after(2, () => seen.push('next'))
  scheduler.run(5)
  expect(seen).toHaveLength(21)
  expect(seen[19]).toBe('step 19 at 1')
  expect(seen[20]).toBe('next')
})

test('a clock is wrong by its error, sleeps end when they are aborted, and never for the dead', () => {
  const scheduler = new Scheduler(5_000)
  let alive = true
  const clock = new SimulatedClock(scheduler, () => alive)
  clock.error = -700
  expect(clock.now()).toBe(4_300)
  const ended: string[] = []
  const stop = new AbortController()
  void clock.sleep(1_000).then(() => ended.push('in time'))
  void clock.sleep(60_000, stop.signal).then(() => ended.push('aborted'))
  void clock.sleep(3_000).then(() => ended.push('dead'))
  scheduler.after(2_000, () => stop.abort())
  scheduler.after(2_500, () => {
    alive = false
  })
  scheduler.run(100_000)
  expect(ended).toEqual(['in time', 'aborted'])
})

test('a call has its effect once, and its answer never reaches a process that ended', () => {
  const around = surroundings({ delayMs: 50 })
  const life = new Life('one', around)
  const seen: string[] = []
  void life.ask('quick', [], async () => seen.push('effect')).then(() => seen.push('answer'))
  around.scheduler.run(10_000)
  expect(seen).toEqual(['effect', 'answer'])
  for (let i = 0; i < 40; i++) void life.ask('late', [], async () => seen.push('late')).then(() => seen.push('heard'))
  life.end()
  around.scheduler.run(20_000)
  const late = seen.filter((line) => line === 'late').length
  // Each call under way was either done or not.
  expect(late).toBeGreaterThan(5)
  expect(late).toBeLessThan(35)
  expect(seen).not.toContain('heard')
  void life.ask('after', [], async () => seen.push('after'))
  around.scheduler.run(30_000)
  expect(seen).not.toContain('after')
})

test('a call fails before its effect or after it, as the faults say', () => {
  const outcome = (change: Partial<ReturnType<typeof calm>>) => {
    const around = surroundings(change)
    const life = new Life('one', around)
    const seen: string[] = []
    life
      .ask('call', [], async () => seen.push('effect'))
      .then(
        () => seen.push('answer'),
        (error) => seen.push(error instanceof Refusal ? error.code : 'bug'),
      )
    around.scheduler.run(60_000)
    return seen
  }
  expect(outcome({})).toEqual(['effect', 'answer'])
  expect(outcome({ refuse: 1 })).toEqual(['unavailable'])
  expect(outcome({ refuseAfter: 1 })).toEqual(['effect', 'unavailable'])
})
