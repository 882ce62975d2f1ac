import { coalesceBy } from '../core/coalesce-by.ts'
import type { MessageId } from '../core/ids.ts'
import { responsesRetryMs, responsesUntoldMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { CountStore } from '../ports/counts.ts'
import type { Bodies } from './bodies.ts'

/**
 * Tells everybody how often a message is boosted and answered, after one that does so came or went. Never throws: what
 * could not be read is told as soon as it can be.
 */
export type TellResponses = (message: MessageId) => Promise<void>

export function createTellResponses({
  counts,
  bodies,
  bus,
  clock,
  log,
}: {
  counts: CountStore
  bodies: Pick<Bodies, 'setCounts'>
  bus: Pick<Bus, 'publish'>
  clock: Pick<Clock, 'sleep'>
  log: (problem: string, error: unknown) => void
}): TellResponses {
  const untold = new Set<MessageId>()
  let retrying = false

  async function tell(message: MessageId): Promise<void> {
    try {
      const [found] = await counts.of([message])
      const { boosts, replies } = found!
      // Here at once: whoever published sees it in the answer.
      bodies.setCounts(message, { boosts, replies })
      bus.publish('all', { kind: 'responses', id: message, boosts, replies })
    } catch (error) {
      if (!(error instanceof Refusal)) return log('a count could not be told', error)
      untold.add(message)
      // The oldest one is left to its next change.
      if (untold.size > responsesUntoldMax) untold.delete(untold.values().next().value!)
      if (!retrying) void retry()
    }
  }

  async function retry(): Promise<void> {
    retrying = true
    while (untold.size > 0) {
      await clock.sleep(responsesRetryMs)
      for (const message of [...untold]) {
        untold.delete(message)
        await tellResponses(message)
      }
    }
    retrying = false
  }

  // Of several changes near each other the last one is told last.
  const tellResponses = coalesceBy(tell)
  return tellResponses
}
