import { describe, expect, test } from 'bun:test'
import { logInsPerMinute, ratesSharedFrom, readsPerMinute } from '../../src/core/limits.ts'
import { MemoryRates } from '../../src/engines/memory/rates.ts'
import type { RateTaken, SharedRates } from '../../src/ports/rates.ts'
import { createRateLimits, rateHeader, ratePolicyHeader } from '../../src/services/rate-limit.ts'

function open(gateways: number) {
  const state = { now: 1_000_000, away: false, told: [] as RateTaken[] }
  const clock = { now: () => state.now, sleep: async () => {} }
  const memory = new MemoryRates(clock)
  const shared: SharedRates = {
    async settle(taken) {
      if (state.away) return taken.map(() => undefined)
      state.told.push(...taken)
      return memory.settle(taken)
    },
  }
  const limits = Array.from({ length: gateways }, () => createRateLimits({ clock, on: true, shared }))
  const settle = async () => {
    for (const one of limits) await one.settle()
  }
  /** How many of `times` tries at each gateway are allowed. */
  const tries = (policy: 'reads' | 'logins', who: string, times: number) =>
    limits.map(
      (one) => Array.from({ length: times }, () => one.take(policy, who)!).filter((rate) => rate.allowed).length,
    )
  return { state, limits, settle, tries }
}

describe('rates of one process', () => {
  test('the whole quota at once, then as the window passes; the headers of the draft', () => {
    const { state, limits, tries } = open(1)
    expect(tries('logins', 'a', logInsPerMinute + 5)).toEqual([logInsPerMinute])
    expect(tries('logins', 'b', 1)).toEqual([1])
    const refused = limits[0]!.take('logins', 'a')!
    expect(refused).toMatchObject({ allowed: false, remaining: 0, retryAfterSeconds: 3 })
    expect(ratePolicyHeader('logins')).toBe('"logins";q=20;w=60')
    expect(rateHeader(refused)).toBe('"logins";r=0;t=60')
    state.now += 3_000
    expect(tries('logins', 'a', 5)).toEqual([1])
    state.now += 60_000
    expect(tries('logins', 'a', logInsPerMinute + 5)).toEqual([logInsPerMinute])
  })
})

describe('rates that several gateways share', () => {
  test('what one allows is used up at all once it is settled, and comes back at all', async () => {
    const { state, settle, tries } = open(3)
    expect(tries('logins', 'a', 5)).toEqual([5, 5, 5])
    await settle()
    await settle()
    const left = logInsPerMinute - 15
    expect(tries('logins', 'a', left + 1)).toEqual([left, left, left])
    await settle()
    await settle()
    // Each allowed what was left: that is owed, so nobody allows any for as long.
    expect(tries('logins', 'a', 1)).toEqual([0, 0, 0])
    state.now += (2 * left + 1) * 3_000
    expect(tries('logins', 'a', 1)).toEqual([1, 1, 1])
  })

  test('what comes back until it is settled is not lost', async () => {
    const { state, limits, settle, tries } = open(2)
    tries('logins', 'a', 4)
    state.now += 900
    await settle()
    await settle()
    // Eight were taken together, of 3 s each, 900 ms ago.
    expect(limits[0]!.take('logins', 'a')!.resetSeconds).toBe(9 * 3)
    state.now += 8 * 3_000 - 900
    expect(limits[1]!.take('logins', 'a')!.resetSeconds).toBeLessThanOrEqual(2 * 3)
  })

  test('on average no more than the quota is allowed, however many gateways are asked', async () => {
    const { state, settle, tries } = open(4)
    let allowed = 0
    for (let second = 0; second < 600; second++) {
      for (const n of tries('logins', 'a', 10)) allowed += n
      await settle()
      state.now += 1_000
    }
    expect(allowed).toBeLessThanOrEqual(10 * logInsPerMinute + 4 * logInsPerMinute)
    expect(allowed).toBeGreaterThanOrEqual(10 * logInsPerMinute - logInsPerMinute)
  })

  test('who reads little is told to nobody: others are asked only about who has used a tenth', async () => {
    const { state, settle, tries } = open(2)
    const tenth = readsPerMinute * ratesSharedFrom
    for (let reader = 0; reader < 100; reader++) tries('reads', `${reader}`, tenth)
    await settle()
    expect(state.told).toEqual([])
    tries('reads', '7', 1)
    await settle()
    expect(state.told.map(({ key }) => key)).toEqual(['reads:7', 'reads:7'])
    expect(state.told[0]!.ms).toBeCloseTo((tenth + 1) * 50)
    // Once the allowance is whole again nobody is asked about it any more.
    state.now += 60_000
    await settle()
    await settle()
    const asked = state.told.length
    await settle()
    expect(state.told.length).toBe(asked)
  })

  test('while the others are away each counts alone, and tells what it took when they are back', async () => {
    const { state, settle, tries } = open(2)
    state.away = true
    expect(tries('logins', 'a', 15)).toEqual([15, 15])
    await settle()
    expect(tries('logins', 'a', 10)).toEqual([5, 5])
    await settle()
    state.away = false
    await settle()
    await settle()
    state.now += 60_000
    // 40 were allowed where 20 are: the second minute is owed.
    expect(tries('logins', 'a', 1)).toEqual([0, 0])
    state.now += 3_000
    expect(tries('logins', 'a', 1)).toEqual([1, 1])
  })
})
