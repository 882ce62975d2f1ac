import {
  queueAskedEveryMs,
  queueAskedMs,
  queueDelayFirstMs,
  queueDelayMaxMs,
  queueLateKeptMs,
  queueRequestsMin,
} from '../core/limits.ts'

/**
 * Whether requests wait too long before they are begun. What waits in the kernel cannot be seen from here, so the server
 * sends itself a request now and then and sees how long that one waits: as long as everybody's. While it is overdue all
 * further ones are refused, which costs a fraction of an answer; so the queue is gone through at once, and what was begun goes on.
 * One that is overdue by itself, after a pause of the machine, is given more time than one that follows another; and where
 * hardly anything else came meanwhile there is no queue, only a machine that is busy with other things.
 */
export interface Admission {
  /** `nowMs`: of `performance.now()`. */
  overloaded(nowMs: number): boolean
}

/** Never refuses: for servers that nobody can ask, such as those of tests. */
export const admitAll: Admission = { overloaded: () => false }

/** `ask` sends one request through the port that everybody uses; it is sent only while others come. */
export function createAdmission(ask: (signal: AbortSignal) => Promise<unknown>): Admission {
  /** When the request under way was sent; Infinity between two of them, undefined when the next may be sent. */
  let sentMs: number | undefined
  /** Requests that came since. */
  let came = 0
  /** When one was found late last. */
  let lateMs = Number.NEGATIVE_INFINITY

  async function send(): Promise<void> {
    // One that fails has found no queue either.
    const began = performance.now()
    await ask(AbortSignal.timeout(queueAskedMs)).catch(() => {})
    const answered = performance.now()
    if (answered - began > queueDelayMaxMs) lateMs = answered
    sentMs = Number.POSITIVE_INFINITY
    setTimeout(() => {
      sentMs = undefined
    }, queueAskedEveryMs).unref()
  }

  return {
    overloaded(nowMs) {
      if (sentMs === undefined) {
        sentMs = nowMs
        came = 0
        void send()
      }
      if (++came < queueRequestsMin) return false
      const overdue = nowMs - sentMs > (nowMs - lateMs < queueLateKeptMs ? queueDelayMaxMs : queueDelayFirstMs)
      if (overdue) lateMs = nowMs
      return overdue
    },
  }
}
