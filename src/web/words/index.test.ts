import { expect, test } from 'bun:test'
import { fileSize } from './index.ts'

test('a size has its unit in the plural where it is one', () => {
  expect([0, 1, 2, 3_400].map(fileSize)).toEqual(['0 bytes', '1 byte', '2 bytes', '3.4 kB'])
})
