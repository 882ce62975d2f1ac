import { expect, test } from 'bun:test'
import { readDuration, readSize, sizeText } from './units.ts'

test('sizes are read in bytes, decimal and binary', () => {
  const read = (['0', '1024', '512kB', '40MiB', '1.5GiB', '2 GiB', '1tb'] as const).map(readSize)
  expect(read).toEqual([0, 1024, 512_000, 41_943_040, 1_610_612_736, 2_147_483_648, 1e12])
  expect(['', 'MiB', '-1', '1e3', '40 apples', '99999999999999TiB'].map(readSize)).toEqual(Array(6).fill(undefined))
})

test('durations need a unit', () => {
  expect(['500ms', '30s', '5m', '24h', '14d', '1.5h'].map(readDuration)).toEqual([
    500, 30_000, 300_000, 86_400_000, 1_209_600_000, 5_400_000,
  ])
  expect(['14', 'd', '-1s', '2 weeks', ''].map(readDuration)).toEqual(Array(5).fill(undefined))
})

test('sizes are written short', () => {
  expect([0, 512, 1024, 1536, 40 * 2 ** 20, 6_000_000_000].map(sizeText)).toEqual([
    '0 B',
    '512 B',
    '1 KiB',
    '1.5 KiB',
    '40 MiB',
    '5.6 GiB',
  ])
})
