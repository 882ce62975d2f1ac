import { join } from 'node:path'
import { type Benchmark, figure } from './figure.ts'
import { million, millionGraph } from './million.ts'
import { inTemporaryFolder, residentBytes, run, startRookery } from './processes.ts'

interface Packed {
  readonly seconds: number
  readonly bytes: number
  readonly edges: number
}

export const loadBenchmark: Benchmark = {
  name: 'load',
  what: '1,000,000 users and 100M edges, one account with 500,000 followers: loaded, on the disk, and in memory when served',
  bare: 'sorting and packing the same edges in a plain script',
  run: ({ scale, say }) =>
    inTemporaryFolder(async (folder) => {
      const { users } = millionGraph(scale)
      say('the bare limit')
      const args = [users, 100, users / 2, 1].map(String)
      const packed = await run<Packed>('bench/bare/pack.ts', [...args, join(folder, 'packed')])
      const loaded = await million(scale, true, say)
      say('serving it')
      const server = await startRookery(loaded.data)
      let resident = 0
      for (let i = 0; i < 20; i++) {
        await Bun.sleep(250)
        resident = Math.max(resident, residentBytes(server.pid))
      }
      await server.stop()
      return [
        figure({
          name: 'load, time',
          unit: 's',
          lower: true,
          rounds: { ours: [loaded.loadSeconds], bare: [packed.seconds] },
          atLeast: { most: 150 },
          goal: { most: 60 },
          details: { users, edges: packed.edges },
        }),
        figure({
          name: 'load, on disk',
          unit: 'MB',
          lower: true,
          rounds: { ours: [loaded.diskBytes / 1e6], bare: [packed.bytes / 1e6] },
          atLeast: { most: 500 },
          goal: { most: 500 },
        }),
        figure({
          name: 'load, resident when served',
          unit: 'MB',
          lower: true,
          rounds: { ours: [resident / 1e6], bare: [] },
          atLeast: { most: 3_000 },
          goal: { most: 2_000 },
        }),
      ]
    }),
}
