import { leadLeaseMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'

interface Row {
  holder: string
  lease_end: number
}

const find = statement<Row>('SELECT holder, lease_end FROM leads WHERE task = ?')
const take = statement<Row>('INSERT INTO leads (task, holder, lease_end) VALUES (?, ?, ?) IF NOT EXISTS')
const takeOver = statement<Row>(
  'UPDATE leads SET holder = ?, lease_end = ? WHERE task = ? IF holder = ? AND lease_end = ?',
)

/** A lease is not used in its last part: what is begun under it must end before another may lead. */
const unusedMs = leadLeaseMs * 0.3
/** Who does not lead looks this often, so that a lease given back is soon taken. */
const lookAgainMs = 1_000
/** Between the end of a lease and the next: clocks of two processes may differ. */
const gapMs = 1_000

/** Tasks that one process does for all, by lease. */
export interface Leads {
  /** Whether this process leads the task for the next seconds; renewed by asking. Throws `unavailable`. */
  leads(task: string): Promise<boolean>
  /** Gives back what this process leads. */
  release(): Promise<void>
}

export function createLeads(db: Cassandra, clock: Clock, holder: string): Leads {
  const held = new Map<string, number>()
  const lookAt = new Map<string, number>()
  const asking = new Map<string, Promise<boolean>>()

  async function set(task: string, former: Row | undefined, end: number): Promise<boolean> {
    const mine = (row: Row | undefined) => row?.holder === holder && row.lease_end === end
    const look = { read: find, values: [task], mine }
    const set = former
      ? await db.lwt(takeOver, [holder, end, task, former.holder, former.lease_end], look)
      : await db.lwt(take, [task, holder, end], look)
    if (set.applied) held.set(task, end)
    else held.delete(task)
    return set.applied
  }

  async function ask(task: string): Promise<boolean> {
    const now = clock.now()
    const row = await db.one(find, [task])
    if (row !== undefined && row.holder !== holder && row.lease_end + gapMs > now) {
      held.delete(task)
      lookAt.set(task, now + lookAgainMs)
      return false
    }
    return set(task, row, now + leadLeaseMs)
  }

  return {
    leads(task) {
      const now = clock.now()
      if ((held.get(task) ?? 0) - now > leadLeaseMs / 2) return Promise.resolve(true)
      if ((lookAt.get(task) ?? 0) > now) return Promise.resolve(false)
      let answer = asking.get(task)
      if (answer === undefined) {
        answer = ask(task).catch((error) => {
          // Not renewed, but still ours for a while.
          if ((held.get(task) ?? 0) - clock.now() > unusedMs) return true
          throw error
        })
        asking.set(task, answer)
        const done = () => void asking.delete(task)
        answer.then(done, done)
      }
      return answer
    },

    async release() {
      const now = clock.now()
      await Promise.allSettled([...held].map(([task, end]) => set(task, { holder, lease_end: end }, now - gapMs)))
      held.clear()
    },
  }
}
