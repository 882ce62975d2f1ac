import {
  mediaLookMs,
  mediaLoopBusyShare,
  mediaRestMsMax,
  mediaShareWhereBusy,
  uploadsAtOnceMax,
} from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'

/** Resolves when work may go on that has been done for so long. Never rejects. */
export type Rest = (workedMs: number) => Promise<void>

/** Does what is heavy, `atOnce` at a time, with a rest after each; as many as may be received wait. Throws `overloaded` beyond. */
export function createWork(atOnce: number, rest: Rest): <T>(work: () => Promise<T>) => Promise<T> {
  let underWay = 0
  const waiting: (() => void)[] = []

  async function leave(workedMs: number): Promise<void> {
    await rest(workedMs)
    // Whoever ends gives its place.
    const next = waiting.shift()
    if (next) next()
    else underWay--
  }

  return async function inTurn(work) {
    if (underWay < atOnce) underWay++
    else {
      if (waiting.length >= uploadsAtOnceMax) {
        throw new Refusal('overloaded', 'Too many uploads are being worked on: try again shortly.')
      }
      await new Promise<void>((taken) => waiting.push(taken))
    }
    const began = performance.now()
    try {
      return await work()
    } finally {
      void leave(performance.now() - began)
    }
  }
}

/**
 * Rests for long where this process's event loop is busy. A low priority alone does not spare those who read: who wakes up
 * finds a core taken and its caches full of pixels. So the loop is looked at between two works, and where it uses most of a
 * core they get a share of the time only. `loopCpuMs`: what its thread has used of the cores.
 */
export function createRest(clock: Clock, loopCpuMs: () => number): Rest {
  return async function rest(workedMs) {
    const [before, began] = [loopCpuMs(), clock.now()]
    await clock.sleep(mediaLookMs)
    if (loopCpuMs() - before < mediaLoopBusyShare * (clock.now() - began)) return
    await clock.sleep(Math.min(mediaRestMsMax, workedMs * (1 / mediaShareWhereBusy - 1)))
  }
}
