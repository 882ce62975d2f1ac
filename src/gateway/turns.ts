import { requestsPerTurn, requestsTurnMs } from '../core/limits.ts'
import { Fifo } from './fifo.ts'

/**
 * Keeps turns of the event loop short. Bun reads on in one turn while 1,024 connections are ready, up to 48 times: so under
 * overload a turn would last for seconds, in which no commit is answered, nothing is delivered and no timer runs. What comes in a
 * turn that has lasted long enough waits for the next ones here, in order, which costs a fraction of an answer.
 */
export interface Turns {
  /** Whether what comes now is to wait: this turn is over, or others wait. To be asked for each request. */
  over(nowMs: number): boolean
  /** Does `work` in one of the turns to come. */
  later<T>(nowMs: number, work: () => Promise<T>): Promise<T>
  /** How long the first of those that wait has waited; 0 where none does. */
  waitedMs(nowMs: number): number
  readonly waiting: number
}

interface Waiting {
  readonly since: number
  begin(): void
}

export function createTurns(): Turns {
  const waiting = new Fifo<Waiting>()
  /** When the first request of this turn came; undefined between turns. */
  let began: number | undefined

  function turnEnds(): void {
    began = undefined
    for (let i = 0; i < requestsPerTurn && waiting.length > 0; i++) waiting.shift()!.begin()
    if (waiting.length > 0) setImmediate(turnEnds)
  }

  return {
    over(nowMs) {
      if (waiting.length > 0) return true
      if (began === undefined) {
        began = nowMs
        setImmediate(turnEnds)
      }
      return nowMs - began > requestsTurnMs
    },
    later: (nowMs, work) => new Promise((resolve) => waiting.push({ since: nowMs, begin: () => resolve(work()) })),
    waitedMs: (nowMs) => (waiting.length === 0 ? 0 : nowMs - waiting.first!.since),
    get waiting() {
      return waiting.length
    },
  }
}
