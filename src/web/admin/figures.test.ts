import { expect, test } from 'bun:test'
import { Histogram, Registry } from 'prom-client'
import { type Look, labelsOf, largest, quantile, rate, readSamples, share, sum } from './figures.ts'

const look = (at: number, ...texts: string[]): Look => ({
  at,
  of: new Map(texts.map((text, node) => [node, readSamples(text)])),
})

test('samples are read with their labels, and nothing else is', () => {
  const samples = readSamples(
    '# HELP a x\n# TYPE a counter\na 1\na{b="c \\"d\\" \\\\e\\nf",g="h"} 2.5e3\nb{le="+Inf"} +Inf\nc NaN\n\nnot a sample\n',
  )
  expect([...samples.keys()]).toEqual(['a', 'b', 'c'])
  expect(samples.get('a')).toEqual([
    { labels: {}, value: 1 },
    { labels: { b: 'c "d" \\e\nf', g: 'h' }, value: 2_500 },
  ])
  expect(samples.get('b')![0]!.value).toBe(Number.POSITIVE_INFINITY)
})

test('what processes say is summed up; what none says is not there', () => {
  const now = look(0, 'a{kind="x"} 1\na{kind="y"} 2\n', 'a{kind="x"} 10\n', 'a NaN\n')
  expect(sum(now, 'a')).toBe(13)
  expect(sum(now, 'a', ({ kind }) => kind === 'x')).toBe(11)
  expect(largest(now, 'a')).toBe(10)
  expect(sum(now, 'b')).toBeNull()
  expect(largest(now, 'b')).toBeNull()
  expect(labelsOf(now, 'a', 'kind')).toEqual(['', 'x', 'y'])
})

test('a rate is of processes that said it twice, and survives a restart', () => {
  expect(rate(look(0, 'a 10\n', 'a 100\n'), look(2_000, 'a 14\n', 'a 6\n'), 'a')).toBe(5)
  expect(rate(look(0, 'a 10\n'), look(1_000, 'a 11\n', 'a 900\n'), 'a')).toBe(1)
  expect(rate(look(0, 'b 1\n'), look(1_000, 'a 3\n'), 'a')).toBe(3)
  expect(rate(look(0, 'a 1\n'), look(0, 'a 2\n'), 'a')).toBeNull()
  expect(rate(look(0, 'a 1\n'), look(1_000, 'b 2\n'), 'a')).toBeNull()
  expect(share(look(0, 'h 1\nm 1\n'), look(1_000, 'h 4\nm 2\n'), 'h', 'm')).toBe(0.75)
  expect(share(look(0, 'h 1\nm 1\n'), look(1_000, 'h 1\nm 1\n'), 'h', 'm')).toBeNull()
})

test('a quantile of a histogram as the server writes it', async () => {
  const registry = new Registry()
  const histogram = new Histogram({
    name: 't',
    help: 't',
    buckets: [0.1, 0.2, 0.4],
    labelNames: ['r'],
    registers: [registry],
  })
  histogram.observe({ r: 'x' }, 0.05)
  const before = look(0, await registry.metrics())
  for (let i = 0; i < 50; i++) histogram.observe({ r: 'x' }, 0.05)
  for (let i = 0; i < 50; i++) histogram.observe({ r: 'x' }, 0.3)
  histogram.observe({ r: 'y' }, 9)
  const now = look(1_000, await registry.metrics())
  const ofX = (q: number) => quantile(before, now, q, 't', ({ r }) => r === 'x')
  expect(ofX(0.25)).toBeCloseTo(0.05, 6)
  expect(ofX(0.5)).toBeCloseTo(0.1, 6)
  expect(ofX(0.75)).toBeCloseTo(0.3, 6)
  expect(quantile(before, now, 1, 't')).toBe(0.4)
  expect(quantile(now, now, 0.5, 't')).toBeNull()
  expect(quantile(before, now, 0.5, 'u')).toBeNull()
})
