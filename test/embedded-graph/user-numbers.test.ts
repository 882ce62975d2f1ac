import { expect, test } from 'bun:test'
import { idAt } from '../../src/core/ids.ts'
import { UserNumbers } from '../../src/core/user-numbers.ts'

const base = idAt(Date.UTC(2026, 0, 1))

test('finds every user both ways, through growth, and nobody else', () => {
  const numbers = new UserNumbers()
  for (let n = 1; n <= 50_000; n++) numbers.add(n, base + n * 4096 + (n & 63))
  expect(numbers.size).toBe(50_000)
  expect(numbers.largest).toBe(50_000)
  for (let n = 1; n <= 50_000; n++) {
    const id = base + n * 4096 + (n & 63)
    if (numbers.number(id) !== n || numbers.id(n) !== id || numbers.number(id + 64) !== 0) throw new Error(`at ${n}`)
  }
  expect(numbers.id(50_001)).toBe(0)
  expect(numbers.id(10_000_000)).toBe(0)
})

test('numbers may come with gaps and in any order', () => {
  const numbers = new UserNumbers(10)
  numbers.add(90_000, 7)
  numbers.add(3, base)
  expect(numbers.size).toBe(2)
  expect(numbers.number(7)).toBe(90_000)
  expect(numbers.number(base)).toBe(3)
  expect(numbers.id(4)).toBe(0)
})

test('the same pair again changes nothing; another pairing is a bug', () => {
  const numbers = new UserNumbers()
  numbers.add(1, base)
  numbers.add(1, base)
  expect(numbers.size).toBe(1)
  expect(() => numbers.add(1, base + 1)).toThrow('taken')
  expect(() => numbers.add(2, base)).toThrow('taken')
  expect(() => numbers.add(0, base + 2)).toThrow('not a user number')
})
