import { expect, test } from 'bun:test'
import type { BenchmarkReport } from '../../src/cli/bench.ts'
import { rookeryEnds } from './process.ts'

test('a benchmark measures itself beside its bare limit and prints JSON', async () => {
  const short = ['--percent', '5', '--seconds', '1', '--rounds', '1', '--json']
  const { status, out, errors } = await rookeryEnds('bench', 'fetch', ...short)
  expect([status, status === 0 ? '' : errors]).toEqual([0, ''])
  const [report] = JSON.parse(out) as BenchmarkReport[]
  expect(report!.benchmark).toBe('fetch')
  const [figure] = report!.figures
  expect(figure).toMatchObject({ name: 'fetch', unit: 'pages/s', atLeast: { ratio: 0.5 }, goal: { ratio: 0.8 } })
  expect(figure!.ours).toBeGreaterThan(0)
  expect(figure!.bare).toBeGreaterThan(0)
  expect(figure!.ratio).toBeCloseTo(figure!.ours / figure!.bare!, 2)
})
