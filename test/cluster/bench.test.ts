import { expect, test } from 'bun:test'
import type { BenchmarkReport } from '../../src/cli/bench.ts'
import { rookeryEnds } from '../cli/process.ts'
import { testEngines } from './engines.ts'

test('a benchmark on a cluster measures itself beside its bare limit', async () => {
  await testEngines()
  const short = ['--percent', '5', '--seconds', '1', '--rounds', '1', '--json']
  const { status, out, errors } = await rookeryEnds('bench', 'cluster-deliver', ...short)
  expect([status, status === 0 ? '' : errors]).toEqual([0, ''])
  const [report] = JSON.parse(out) as BenchmarkReport[]
  expect(report!.figures.map((figure) => figure.name)).toEqual([
    'cluster deliver, 1,000 users',
    'cluster deliver, 15,000 users',
    'cluster deliver, CPU of many users beside few',
  ])
  for (const { ours, bare, ratio } of report!.figures) {
    expect(ours).toBeGreaterThan(0)
    expect(bare).toBeGreaterThan(0)
    expect(ratio).toBeGreaterThan(0)
  }
}, 120_000)
