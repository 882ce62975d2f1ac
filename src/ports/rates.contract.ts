import { describe, expect, test } from 'bun:test'
import { ratesSettledMax } from '../core/limits.ts'
import { type Open, opening } from './support.contract.ts'

/** Only for engines that several processes share. */
export function sharedRatesContract(name: string, open: Open<'sharedRates'>): void {
  describe(`${name}: SharedRates`, () => {
    const opened = opening(open)
    const rates = () => opened.engine.sharedRates!
    const windowMs = 60_000
    /** The engine's clock runs on while it is asked. */
    const passedMs = 5_000

    test('[R1] what several take of one allowance adds up, and of others does not', async () => {
      const take = async (key: string, ms: number) => (await rates().settle([{ key, ms, agoMs: 0, windowMs }]))[0]!
      expect(await take('one', 10_000)).toBeWithin(9_000, 10_001)
      const two = await take('one', 10_000)
      expect(two).toBeWithin(20_000 - passedMs, 20_001)
      expect(await take('other', 1_000)).toBeWithin(0, 1_001)
      expect(await take('one', 0)).toBeWithin(two - passedMs, two + 1)
    })

    test('[R1] answers come in the order asked, as many as may be asked at once', async () => {
      const taken = Array.from({ length: ratesSettledMax }, (_, i) => ({
        key: `many:${i}`,
        ms: i % 7,
        agoMs: 0,
        windowMs,
      }))
      const used = await rates().settle(taken)
      expect(used).toHaveLength(ratesSettledMax)
      for (const [i, ms] of used.entries()) expect(ms!).toBeWithin(0, (i % 7) + 1)
      const again = await rates().settle([
        { key: 'big', ms: 50_000, agoMs: 0, windowMs },
        { key: 'small', ms: 10_000, agoMs: 0, windowMs },
      ])
      expect(again[0]!).toBeGreaterThan(again[1]!)
      expect(await rates().settle([])).toEqual([])
    })

    test('[R1] nobody owes more than twice the window', async () => {
      const key = 'deep'
      for (let i = 0; i < 5; i++) await rates().settle([{ key, ms: windowMs, agoMs: 0, windowMs }])
      expect((await rates().settle([{ key, ms: 1, agoMs: 0, windowMs }]))[0]!).toBeWithin(
        2 * windowMs - passedMs,
        2 * windowMs + 1,
      )
    })

    test('[R2] what came back before it was told is not taken', async () => {
      const of = (ms: number, agoMs: number) => rates().settle([{ key: 'late', ms, agoMs, windowMs }])
      expect((await of(10_000, 4_000))[0]!).toBeWithin(6_000 - passedMs, 6_001)
      expect((await of(10_000, 4_000))[0]!).toBeWithin(16_000 - passedMs, 16_001)
      expect(await rates().settle([{ key: 'long ago', ms: 1_000, agoMs: 5_000, windowMs }])).toEqual([0])
    })

    test('[R2] what was taken comes back as time passes', async () => {
      const key = 'passing'
      const short = { key, ms: 600, agoMs: 0, windowMs: 1_000 }
      const [before] = await rates().settle([short])
      expect(before!).toBeWithin(1, 601)
      const deadline = Date.now() + 10_000
      let used = before!
      while (used > 0 && Date.now() < deadline) {
        await opened.pass(50)
        ;[used = 0] = await rates().settle([{ ...short, ms: 0 }])
      }
      expect(used).toBe(0)
    })
  })
}
