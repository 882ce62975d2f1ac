import { uploadsAtOnceMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'

/** Does what is heavy, `atOnce` at a time; as many as may be received wait. Throws `overloaded` beyond. */
export function createWork(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
  let underWay = 0
  const waiting: (() => void)[] = []

  return async function inTurn(work) {
    if (underWay < atOnce) underWay++
    else {
      if (waiting.length >= uploadsAtOnceMax) {
        throw new Refusal('overloaded', 'Too many uploads are being worked on: try again shortly.')
      }
      // Whoever ends gives its place.
      await new Promise<void>((taken) => waiting.push(taken))
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else underWay--
    }
  }
}
