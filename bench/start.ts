import { join } from 'node:path'
import { alternate, type Benchmark, figure } from './figure.ts'
import { inTemporaryFolder, loadGraph, residentBytes, start, startRookery } from './processes.ts'

/** Milliseconds from the spawn until `GET /readyz` answers 200. */
async function untilReady(data: string): Promise<{ seconds: number; restMB: number }> {
  const began = performance.now()
  const server = await startRookery(data)
  while ((await fetch(`http://127.0.0.1:${server.port}/readyz`)).status !== 200) await Bun.sleep(2)
  const seconds = (performance.now() - began) / 1000
  // At rest: what is read in the background after the start is in memory, and nothing was asked.
  let [rest, quiet] = [0, 0]
  while (quiet < 10) {
    await Bun.sleep(200)
    const now = residentBytes(server.pid)
    quiet = Math.abs(now - rest) < rest * 0.01 ? quiet + 1 : 0
    rest = now
  }
  await server.stop()
  return { seconds, restMB: rest / 1e6 }
}

async function bareStart(): Promise<number> {
  const server = await start('bench/bare/empty.ts')
  await server.kill()
  return server.startMs / 1000
}

export const startBenchmark: Benchmark = {
  name: 'start',
  what: 'from the command to /readyz: an empty folder; 100,000 users and 1,000,000 messages; resident memory at rest',
  bare: 'an empty Bun.serve',
  run: ({ rounds, scale, say }) =>
    inTemporaryFolder(async (folder) => {
      let fresh = 0
      const empty = await alternate(
        rounds,
        async () => (await untilReady(join(folder, `empty-${fresh++}`))).seconds,
        bareStart,
      )
      const users = Math.round(100_000 * scale)
      const messages = Math.round(1_000_000 * scale)
      say(`${users} users, ${messages} messages`)
      const data = join(folder, 'full')
      const seconds = await loadGraph(data, `synthetic:users=${users},mean=20,max=${Math.round(users / 10)},seed=1`, [
        '--messages',
        String(messages),
      ])
      say(`loaded in ${seconds.toFixed(1)} s`)
      const rest: number[] = []
      const full = await alternate(
        rounds,
        async () => {
          const { seconds, restMB } = await untilReady(data)
          rest.push(restMB)
          return seconds
        },
        bareStart,
      )
      return [
        figure({
          name: 'start, empty folder',
          unit: 's',
          lower: true,
          rounds: empty,
          atLeast: { most: 0.5 },
          goal: { most: 0.15 },
        }),
        figure({
          name: 'start, 1M messages',
          unit: 's',
          lower: true,
          rounds: full,
          atLeast: { most: 2 },
          goal: { most: 1 },
          details: { users, messages },
        }),
        figure({
          name: 'start, memory at rest',
          unit: 'MB',
          lower: true,
          rounds: { ours: rest, bare: [] },
          atLeast: { most: 150 },
          goal: { most: 80 },
        }),
      ]
    }),
}
