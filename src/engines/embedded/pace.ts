import type { Clock } from '../../ports/clock.ts'
import type { Writer } from './writer.ts'

/** Work that may wait takes this share of the time while others write … */
const busyShare = 1 / 32
/** … and this one while nobody does: others may read and deliver, on the same cores. */
const idleShare = 1 / 2
/** Others write when they do so oftener than this: what such work itself writes in its rests comes seldomer. */
const busyWritesPerMs = 2
/** No rest is longer, so such work always goes on. */
const restMsMax = 1_000

/** To be awaited after work that took `ms`, before more of it. */
export type Rest = (ms: number, stop?: AbortSignal) => Promise<void>

/** Lets work that may wait give way to those who wait for the writer: it catches up when they have gone. */
export function createRest(writer: Pick<Writer, 'written'>, clock: Clock): Rest {
  return async function rest(ms, stop) {
    const before = writer.written
    const began = clock.now()
    const least = Math.min(restMsMax, ms * (1 / idleShare - 1))
    await clock.sleep(least, stop)
    const busy = writer.written - before > busyWritesPerMs * (clock.now() - began)
    const most = Math.min(restMsMax, ms * (1 / busyShare - 1))
    if (busy && most > least) await clock.sleep(most - least, stop)
  }
}
