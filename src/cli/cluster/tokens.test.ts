import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { sharesOf } from '../../core/ring.ts'
import { evenTokens, tokenForOneMore } from './tokens.ts'

test('a new ring is shared evenly', () => {
  expect(evenTokens(1)).toEqual([-(2n ** 63n)])
  expect(sharesOf(evenTokens(1))).toEqual([1])
  for (const share of sharesOf(evenTokens(3))) expect(share).toBeCloseTo(1 / 3, 5)
})

test('one more node halves the widest share, wherever it lies, and never takes a place that is taken', () => {
  const token = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  fc.assert(
    fc.property(fc.uniqueArray(token, { minLength: 1, maxLength: 20 }), (tokens) => {
      const widest = Math.max(...sharesOf(tokens))
      const added = tokenForOneMore(tokens)
      expect(tokens).not.toContain(added)
      expect(added >= -(2n ** 63n) && added < 2n ** 63n).toBe(true)
      const shares = sharesOf([...tokens, added])
      expect(shares.at(-1)).toBeCloseTo(widest / 2, 5)
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 4)
    }),
  )
})
