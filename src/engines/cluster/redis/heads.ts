import type { UserId } from '../../../core/ids.ts'
import { headsPerCallMax } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { InboxHead } from '../../../ports/inbox.ts'
import { readerShardOf } from '../reader-shards.ts'
import { away } from './answers.ts'
import { ReaderTexts } from './keys.ts'
import type { Shards } from './shards.ts'

interface Asked {
  readonly tell: (head: InboxHead | undefined) => void
  readonly refuse: (reason: unknown) => void
}

/** Heads asked for in one turn of the event loop. */
class Gathered {
  readonly readers = new ReaderTexts()
  readonly asked: Asked[] = []
}

const numbersOfHead = 7

/**
 * Heads of inboxes: what pages, polls and the comparing of all sockets ask for. Those asked for in one turn of the event loop
 * share a call, in a Redis Cluster one a shard, at a third of the cost or less. Reads are noted (an inbox stays awake) when the last note is older than `noteMs`.
 */
export class Heads {
  readonly #shards: Shards
  readonly #clock: Clock
  readonly #noteMs: number
  readonly #awakeSeconds: string
  readonly #gathered = new Map<number, Gathered>()
  #soon = false
  #waiting = 0

  constructor(needs: { shards: Shards; clock: Clock; noteMs: number; awakeSeconds: number }) {
    this.#shards = needs.shards
    this.#clock = needs.clock
    this.#noteMs = needs.noteMs
    this.#awakeSeconds = String(needs.awakeSeconds)
  }

  head(reader: UserId): Promise<InboxHead | undefined> {
    const shard = readerShardOf(reader)
    let gathered = this.#gathered.get(shard)
    if (gathered === undefined) this.#gathered.set(shard, (gathered = new Gathered()))
    gathered.readers.add(reader)
    const { asked } = gathered
    const answer = new Promise<InboxHead | undefined>((tell, refuse) => asked.push({ tell, refuse }))
    if (++this.#waiting === headsPerCallMax) this.#sendAll()
    else if (!this.#soon) {
      this.#soon = true
      setImmediate(() => {
        this.#soon = false
        this.#sendAll()
      })
    }
    return answer
  }

  #sendAll(): void {
    const all = new Map(this.#gathered)
    this.#gathered.clear()
    this.#waiting = 0
    if (all.size === 0) return
    for (const shards of this.#shards.together([...all.keys()])) {
      void this.#send(
        shards,
        shards.map((shard) => all.get(shard)!),
      )
    }
  }

  async #send(shards: readonly number[], gathered: readonly Gathered[]): Promise<void> {
    const asked = gathered.length === 1 ? gathered[0]!.asked : gathered.flatMap((one) => one.asked)
    try {
      const numbers = await this.#shards.underAll('heads', shards, (link, generations) => {
        const args: (string | Uint8Array)[] = [String(this.#clock.now()), String(this.#noteMs), this.#awakeSeconds]
        for (let i = 0; i < shards.length; i++) args.push(generations[i]!.bytes, gathered[i]!.readers.bytes())
        return this.#shards.runHeads(link, shards, args)
      })
      if (!Array.isArray(numbers) || numbers.length !== asked.length * numbersOfHead) {
        throw away(new Error('heads were answered by something else'))
      }
      for (let i = 0; i < asked.length; i++) asked[i]!.tell(headAt(numbers, i * numbersOfHead))
    } catch (error) {
      for (const { refuse } of asked) refuse(error)
    }
  }
}

function headAt(numbers: readonly number[], at: number): InboxHead | undefined {
  const epoch = numbers[at]!
  if (epoch === 0) return undefined
  return {
    epoch,
    position: numbers[at + 1]!,
    oldest: numbers[at + 2]!,
    floor: numbers[at + 3]!,
    largest: numbers[at + 4]!,
    follows: numbers[at + 5]!,
    // A backfill counts as a change of edges.
    backfills: numbers[at + 5]!,
    own: numbers[at + 6]!,
  }
}
