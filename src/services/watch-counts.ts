import type { MessageId } from '../core/ids.ts'
import { likesLookMs, likesSettleMs, likesSureMs } from '../core/limits.ts'
import type { MessageCounts } from '../core/message.ts'
import { Refusal } from '../core/refusal.ts'
import type { BusEvent } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { CountStore } from '../ports/counts.ts'

export interface CountWatch {
  /** To be called with every event of the Bus. */
  hear(event: BusEvent): void
  /** Counts of all these may have changed unheard. */
  doubt(ids: Iterable<MessageId>): void
  /** Reads counts that are in doubt until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}

interface Doubt {
  /** When it is read next. */
  at: number
  /** The last change that was heard of; a read that begins `likesSettleMs` after it has seen it. */
  heardAt: number
  /** Whether several changes were near each other: whoever counts last need not have counted most. */
  several: boolean
}

/** Ids in one read of the counts. */
const idsAtOnce = 1_000

/**
 * Keeps the counts that this process shows true where other processes count too. Events of several processes overtake each
 * other, so the count in the last one heard need not be the last: what was heard of is read once more when it has settled,
 * and, where several changes met, once more after the recounter has had its say. `found` is told the counts that were read.
 */
export function createCountWatch({
  counts,
  cares,
  found,
  clock,
  log,
}: {
  counts: CountStore
  /** Whether anything here shows the message. */
  cares: (id: MessageId) => boolean
  found: (id: MessageId, counts: MessageCounts) => void
  clock: Clock
  /** Told of what is no refusal: a bug. */
  log: (problem: string, error: unknown) => void
}): CountWatch {
  const doubts = new Map<MessageId, Doubt>()

  function due(now: number): MessageId[] {
    const ids: MessageId[] = []
    for (const [id, { at }] of doubts) {
      if (at > now) continue
      ids.push(id)
      if (ids.length === idsAtOnce) break
    }
    return ids
  }

  async function read(ids: readonly MessageId[]): Promise<void> {
    const began = clock.now()
    const read = await counts.of(ids)
    for (const [i, id] of ids.entries()) {
      found(id, read[i]!)
      const doubt = doubts.get(id)!
      // Anew at the end of the map, so that others have their turn.
      doubts.delete(id)
      if (!cares(id)) continue
      if (doubt.heardAt + likesSettleMs > began) doubts.set(id, { ...doubt, at: doubt.heardAt + likesSettleMs })
      else if (doubt.several) doubts.set(id, { ...doubt, at: doubt.heardAt + likesSureMs, several: false })
    }
  }

  async function readDue(): Promise<void> {
    for (let ids = due(clock.now()); ids.length > 0; ids = due(clock.now())) await read(ids)
  }

  return {
    hear(event) {
      if ((event.kind !== 'likes' && event.kind !== 'responses') || !cares(event.id)) return
      const now = clock.now()
      const doubt = doubts.get(event.id)
      if (doubt === undefined) doubts.set(event.id, { at: now + likesSettleMs, heardAt: now, several: false })
      else {
        doubt.at = Math.min(doubt.at, now + likesSettleMs)
        doubt.heardAt = now
        doubt.several = true
      }
    },
    doubt(ids) {
      const now = clock.now()
      for (const id of ids)
        if (!doubts.has(id)) doubts.set(id, { at: now, heardAt: now - likesSettleMs, several: false })
    },
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(likesLookMs, signal)
        // What could not be read stays in doubt.
        await readDue().catch((error: unknown) => {
          if (!(error instanceof Refusal)) log('counts could not be read', error)
        })
      }
    },
  }
}
