import type { OutagesNeeds } from './outages.ts'

/** One raise of a shard's number, as far as it matters: nothing that was there before it began is read after it ended. */
export interface Raise {
  /** Monotonic. */
  readonly began: number
  /** Unix ms. */
  readonly beganAt: number
  /** Monotonic. */
  readonly ended: number
}

interface Wanted {
  readonly shard: number
  readonly done: PromiseWithResolvers<Raise>
}

/**
 * Raises shards' numbers, one after the other in any order. When a server is lost every process wants all its shards raised
 * at the same moment, and each raise is a compare-and-set of the same partition; so what another process has raised since
 * this one began is taken as its own.
 */
export function createRaises(
  needs: Pick<OutagesNeeds, 'generations' | 'watch' | 'clock' | 'chance' | 'monotonic' | 'log'>,
  /** What is said of it, once for each round. */
  sentence: string,
): (shard: number) => Promise<Raise> {
  const { generations, watch, clock, chance, monotonic, log } = needs
  let wanted: Wanted[] = []
  let running = false

  async function round(list: readonly Wanted[]): Promise<void> {
    const [began, beganAt] = [monotonic(), clock.now()]
    await watch.refresh()
    log.warn({ shards: list.length }, sentence)
    const numbers = list.map(({ shard }) => watch.number(shard))
    for (const [i, { shard, done }] of list.entries()) {
      try {
        const raisedByOthers = watch.number(shard) !== numbers[i]
        if (!raisedByOthers) await generations.raise(shard)
        done.resolve({ began, beganAt, ended: monotonic() })
        // What others have raised meanwhile; where that cannot be read, we go on by ourselves.
        if (!raisedByOthers) await watch.refresh().catch(() => {})
      } catch (error) {
        done.reject(error)
      }
    }
  }

  async function run(): Promise<void> {
    running = true
    while (wanted.length > 0) {
      const list = shuffled(wanted, () => chance.number())
      wanted = []
      await round(list).catch((error: unknown) => {
        for (const { done } of list) done.reject(error)
      })
    }
    running = false
  }

  return (shard) => {
    const done = Promise.withResolvers<Raise>()
    wanted.push({ shard, done })
    // All that one batch wants in this turn are one round.
    if (!running) queueMicrotask(() => running || void run())
    return done.promise
  }
}

/** Fisher and Yates's. */
function shuffled<T>(list: readonly T[], number: () => number): T[] {
  const mixed = [...list]
  for (let i = mixed.length - 1; i > 0; i--) {
    const other = Math.floor(number() * (i + 1))
    const one = mixed[i]!
    mixed[i] = mixed[other]!
    mixed[other] = one
  }
  return mixed
}
