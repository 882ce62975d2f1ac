import type { MessageId, UserId } from '../../core/ids.ts'
import type { Job, Mode } from '../../ports/messages.ts'

/** How jobs stand in rows: modes and marks as bits, `prev` in the shortest form. */

export const outboxFlags = {
  hot: 1,
  /** `Job.crossed`. */
  crossed: 2,
  /** The fan-out is finished (or given up). */
  done: 4,
  /** The message was abandoned or deleted: stored late, it stays away. */
  gone: 8,
} as const

/** NULL for none, a number for one, as nearly always, else text. */
export type PackedPrev = number | string | null

export function packPrev(prev: readonly MessageId[]): PackedPrev {
  if (prev.length === 0) return null
  return prev.length === 1 ? prev[0]! : prev.join(',')
}

export function unpackPrev(packed: PackedPrev): MessageId[] {
  if (packed === null) return []
  return typeof packed === 'number' ? [packed] : packed.split(',').map(Number)
}

export function packMode(mode: Mode): number {
  return mode === 'hot' ? 1 : 0
}

export function unpackMode(packed: number): Mode {
  return packed & 1 ? 'hot' : 'pushed'
}

export function packJobFlags(job: Pick<Job, 'mode' | 'crossed'>): number {
  return (job.mode === 'hot' ? outboxFlags.hot : 0) | (job.crossed ? outboxFlags.crossed : 0)
}

export function unpackJob(id: MessageId, author: UserId, flags: number, prev: PackedPrev): Job {
  return {
    id,
    author,
    mode: flags & outboxFlags.hot ? 'hot' : 'pushed',
    prev: unpackPrev(prev),
    crossed: (flags & outboxFlags.crossed) !== 0,
  }
}
