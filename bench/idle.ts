import { join } from 'node:path'
import { type Benchmark, figure } from './figure.ts'
import { each, get, people, randomEdges } from './population.ts'
import { inTemporaryFolder, residentBytes, start, startRookery } from './processes.ts'

const sockets = 10_000

/** Memory falls and rises while garbage is collected: the lowest of some seconds is what is really needed. */
async function settledBytes(pid: number): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY
  for (let i = 0; i < 30; i++) {
    await Bun.sleep(200)
    lowest = Math.min(lowest, residentBytes(pid))
  }
  return lowest
}

export const idleBenchmark: Benchmark = {
  name: 'idle',
  what: `memory of a quiet authenticated socket, ${sockets.toLocaleString('en')} of them, each of another user`,
  bare: '–',
  run: ({ scale, say }) =>
    inTemporaryFolder(async (folder) => {
      const count = Math.max(500, Math.round(sockets * scale))
      const first = Math.round(count / 2)
      say(`${count + first} people with an inbox in memory`)
      const data = join(folder, 'data')
      const readers = await people(folder, data, randomEdges(count + first, 5))
      const server = await startRookery(data)
      await each(
        folder,
        server.port,
        readers.map((reader) => get('/fetch?length=20', reader.token)),
      )
      // The first ones take what the warm-up left free; only those after them are counted.
      say(`opening ${first} sockets that are not counted, then ${count}`)
      const tokens = join(folder, 'tokens.tsv')
      const hold = (from: number, to: number) =>
        start('bench/clients/hold.ts', [server.port, tokens, from, to].map(String))
      const early = await hold(0, first)
      const before = await settledBytes(server.pid)
      const holder = await hold(first, first + count)
      const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text()
      const open = Number(/^rookery_sockets (\d+)/m.exec(metrics)?.[1])
      if (open !== first + count) throw new Error(`${open} of ${first + count} sockets are open`)
      const after = await settledBytes(server.pid)
      await Promise.all([early.kill(), holder.kill()])
      await server.stop()
      return [
        figure({
          name: 'idle',
          unit: 'KB a socket',
          lower: true,
          rounds: { ours: [(after - before) / count / 1000], bare: [] },
          atLeast: { most: 12 },
          goal: { most: 8 },
          details: { residentBeforeMB: Math.round(before / 1e6), residentWithMB: Math.round(after / 1e6) },
        }),
      ]
    }),
}
