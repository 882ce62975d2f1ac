import { expect, test } from 'bun:test'
import { spanOf } from './board.ts'

test('the axis shows the time of all looks, and a minute before a first one', () => {
  expect(spanOf([])).toEqual([-60, 0])
  expect(spanOf([1_000])).toEqual([940, 1_000])
  expect(spanOf([1_000, 1_005])).toEqual([945, 1_005])
  expect(spanOf([1_000, 1_500, 2_000])).toEqual([1_000, 2_000])
})
