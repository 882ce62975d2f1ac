import type { Id } from '../core/ids.ts'
import { bodiesUnverifiedMaxMs, deletionsLookMs, deletionsPerPageMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { Bodies } from './bodies.ts'

export interface DeletionWatch {
  /** Reads on at once: an event of the Bus may have been lost. Never throws. */
  look(): Promise<void>
  /** Reads on again and again until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}

/**
 * Keeps this process's message cache true where other processes delete. The Bus tells of most deletions at once; the log
 * of deletions, read on each second, makes sure. Where it cannot be read, nothing that was cached more than
 * `bodiesUnverifiedMaxMs` ago is served: the cache is emptied.
 */
export function createDeletionWatch({
  messages,
  bodies,
  clock,
  log,
}: {
  messages: Pick<MessageStore, 'deletions' | 'deletionsHead'>
  bodies: Pick<Bodies, 'ids' | 'remove'>
  clock: Clock
  /** Told of what is no refusal: a bug. */
  log: (problem: string, error: unknown) => void
}): DeletionWatch {
  /** What was deleted up to here has left the cache; above, some are known and others may still appear. */
  let upTo: Id | undefined
  /** All that is cached was there after this moment, or was verified then. */
  let verifiedAt = clock.now()
  let looking: Promise<void> | undefined

  async function read(): Promise<void> {
    const began = clock.now()
    const head = await messages.deletionsHead()
    // At a start the cache is empty: what was deleted before cannot be in it.
    let above = upTo ?? head
    for (;;) {
      const list = await messages.deletions(above, deletionsPerPageMax)
      for (const { id } of list) bodies.remove(id)
      if (list.length < deletionsPerPageMax) break
      above = list[list.length - 1]!.stamp
    }
    upTo = Math.max(upTo ?? 0, head)
    verifiedAt = began
  }

  function look(): Promise<void> {
    looking ??= read()
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) log('deletions could not be read', error)
      })
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  return {
    look,
    async run(signal) {
      while (!signal.aborted) {
        // A read that hangs must not keep this from noticing that time goes by.
        void look()
        await clock.sleep(deletionsLookMs, signal)
        if (clock.now() - verifiedAt > bodiesUnverifiedMaxMs - deletionsLookMs) {
          for (const id of bodies.ids()) bodies.remove(id)
        }
      }
    },
  }
}
