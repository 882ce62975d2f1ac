import { idMax } from '../core/ids.ts'
import { standInReadsMax, standInWaitingMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { InboxHead } from '../ports/inbox.ts'

/**
 * What a reader stands at whose inbox cannot be reached: epoch 0, which no inbox ever has, and a floor above every id, so
 * that pages come out of the outboxes and what arrived after such a stand is told by id.
 */
export const noInbox: InboxHead = {
  epoch: 0,
  position: 0,
  oldest: 1,
  floor: idMax + 1,
  largest: 0,
  follows: 0,
  backfills: 0,
  own: idMax,
}

/** Whether the error says that a store is away for now. */
export function isAway(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'unavailable'
}

/** Runs a read of outboxes in place of an inbox's, when its turn comes. Throws `overloaded` when too many wait already. */
export type StandIn = <T>(read: () => Promise<T>) => Promise<T>

/**
 * Reads out of the outboxes cost a look at every author followed: while inboxes are away a bounded number of them runs at
 * once and a bounded number waits, so that they leave the store some time for everything else.
 */
export function createStandIn(): StandIn {
  let running = 0
  const waiting: (() => void)[] = []

  return async function standIn(read) {
    if (running >= standInReadsMax) {
      if (waiting.length >= standInWaitingMax) {
        throw new Refusal('overloaded', 'Timelines are read slowly at the moment, and many wait: try again shortly.', {
          retryAfterSeconds: 2,
        })
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      return await read()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
