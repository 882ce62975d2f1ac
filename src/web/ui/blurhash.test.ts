import { expect, test } from 'bun:test'
import { encode } from 'blurhash'
import { averageColor } from './blurhash.ts'

test('the average colour of a picture is that of its blurhash', () => {
  const pixels = new Uint8ClampedArray(Array.from({ length: 16 }, () => [200, 100, 50, 255]).flat())
  expect(averageColor(encode(pixels, 4, 4, 3, 3))).toBe('#c86432')
})

test('what is no blurhash has none', () => {
  for (const odd of [undefined, '', 'L', 'L"!!!!']) expect(averageColor(odd)).toBeUndefined()
})
