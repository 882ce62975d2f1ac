import { describe, expect, test } from 'bun:test'
import type { Clock } from './clock.ts'

/** `pass` lets that much time pass for the clock. */
export function clockContract(name: string, open: () => { clock: Clock; pass(ms: number): Promise<void> }): void {
  describe(`${name}: Clock`, () => {
    /** Whether the sleep has ended, looked at without waiting. */
    function watch(sleep: Promise<void>): () => boolean {
      let ended = false
      void sleep.then(() => {
        ended = true
      })
      return () => ended
    }

    test('[T1] now is a time in milliseconds of our days, and goes on', async () => {
      const { clock, pass } = open()
      const before = clock.now()
      expect(before).toBeGreaterThan(Date.UTC(2025, 0, 1))
      await pass(20)
      expect(clock.now()).toBeGreaterThan(before)
    })

    test('[T2] a sleep ends at its deadline, not before', async () => {
      const { clock, pass } = open()
      const before = clock.now()
      const sleep = clock.sleep(20)
      const ended = watch(sleep)
      await Promise.resolve()
      expect(ended()).toBe(false)
      await pass(25)
      await sleep
      // A timer may fire within the millisecond before.
      expect(clock.now() - before).toBeGreaterThanOrEqual(19)
    })

    test('[T2] sleeps end in the order of their deadlines', async () => {
      const { clock, pass } = open()
      const order: string[] = []
      const late = clock.sleep(30).then(() => order.push('late'))
      const soon = clock.sleep(5).then(() => order.push('soon'))
      await pass(10)
      await pass(30)
      await Promise.all([late, soon])
      expect(order).toEqual(['soon', 'late'])
    })

    test('[T2] a sleep ends when the signal aborts, and does not throw', async () => {
      const { clock } = open()
      const stop = new AbortController()
      const sleep = clock.sleep(3_600_000, stop.signal)
      stop.abort()
      expect(await sleep).toBeUndefined()
      expect(await clock.sleep(3_600_000, stop.signal)).toBeUndefined()
    })
  })
}
