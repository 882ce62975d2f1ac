/**
 * Which worker should work which partition: an even share each, decided alike by all who know the same workers, and mostly
 * the same when one comes or goes (rendezvous hashing, with a bound on each one's load).
 */
export function shares(partitions: number, lane: string, workers: readonly string[]): string[] {
  const most = Math.ceil(partitions / workers.length)
  const load = new Map<string, number>(workers.map((worker) => [worker, 0]))
  return Array.from({ length: partitions }, (_, partition) => {
    let best = ''
    let weight = -1n
    for (const worker of workers) {
      const own = Bun.hash(`${worker} ${lane} ${partition}`) as bigint
      if (load.get(worker)! >= most || own < weight) continue
      best = worker
      weight = own
    }
    load.set(best, load.get(best)! + 1)
    return best
  })
}
