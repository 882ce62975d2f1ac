import { describe, expect, test } from 'bun:test'
import type { Chance } from './chance.ts'

export function chanceContract(name: string, open: () => Chance): void {
  describe(`${name}: Chance`, () => {
    test('numbers lie in [0, 1) and reach all of it', () => {
      const chance = open()
      const numbers = Array.from({ length: 2_000 }, () => chance.number())
      expect(numbers.filter((number) => number < 0 || number >= 1)).toEqual([])
      for (let tenth = 0; tenth < 10; tenth++) {
        const there = numbers.filter((number) => Math.floor(number * 10) === tenth).length
        expect(there).toBeGreaterThan(100)
        expect(there).toBeLessThan(320)
      }
    })

    test('epochs are integers from 1 to 2^48 − 1, and do not repeat', () => {
      const chance = open()
      const epochs = Array.from({ length: 2_000 }, () => chance.epoch())
      expect(epochs.filter((epoch) => !Number.isInteger(epoch) || epoch < 1 || epoch >= 2 ** 48)).toEqual([])
      expect(new Set(epochs).size).toBe(epochs.length)
      expect(Math.max(...epochs)).toBeGreaterThan(2 ** 46)
    })
  })
}
