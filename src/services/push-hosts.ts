import {
  pushesPerHostMax,
  pushesProvenMax,
  pushesUnprovenMax,
  pushHostsKept,
  pushJobsPerHostMax,
} from '../core/limits.ts'
import { RecentMap } from '../core/recent-map.ts'

/** One that may be called now, until `done`. */
export interface Place<Job> {
  readonly host: string
  readonly job: Job
  readonly proven: boolean
}

/**
 * Whose turn it is. A host has as many places as it has given answers in a row, `pushesPerHostMax` at most; one that is new
 * or gave none last has one. The two kinds do not share their places: hosts that hang take none from those that answer.
 * Hosts take turns, the jobs of each go in their order.
 */
export interface Hosts<Job> {
  /** False where too many of the host's wait already. */
  put(host: string, job: Job): boolean
  take(): Place<Job> | undefined
  done(place: Place<Job>, answered: boolean): void
}

export function createHosts<Job>(): Hosts<Job> {
  /** Those with jobs that wait or are under way. */
  const hosts = new Map<string, { readonly jobs: Job[]; running: number }>()
  const answersInRow = new RecentMap<string, number>(pushHostsKept)
  const proven = { running: 0, runningMax: pushesProvenMax, turns: new Set<string>() }
  const unproven = { running: 0, runningMax: pushesUnprovenMax, turns: new Set<string>() }

  /** Last in its line, where it has a job and a place for it. */
  function queue(host: string): void {
    const { jobs, running } = hosts.get(host)!
    proven.turns.delete(host)
    unproven.turns.delete(host)
    if (jobs.length === 0) {
      if (running === 0) hosts.delete(host)
      return
    }
    const answers = answersInRow.get(host) ?? 0
    if (running < Math.max(1, answers)) (answers > 0 ? proven : unproven).turns.add(host)
  }

  return {
    put(host, job) {
      let known = hosts.get(host)
      if (known === undefined) hosts.set(host, (known = { jobs: [], running: 0 }))
      if (known.jobs.length >= pushJobsPerHostMax) return false
      known.jobs.push(job)
      if (!proven.turns.has(host) && !unproven.turns.has(host)) queue(host)
      return true
    },
    take() {
      const kind = [proven, unproven].find(({ running, runningMax, turns }) => running < runningMax && turns.size > 0)
      if (kind === undefined) return undefined
      const [host] = kind.turns as Iterable<string> as [string]
      const known = hosts.get(host)!
      const job = known.jobs.shift()!
      known.running++
      kind.running++
      queue(host)
      return { host, job, proven: kind === proven }
    },
    done({ host, proven: wasProven }, answered) {
      const known = hosts.get(host)!
      known.running--
      ;(wasProven ? proven : unproven).running--
      if (answered) answersInRow.set(host, Math.min((answersInRow.get(host) ?? 0) + 1, pushesPerHostMax))
      else answersInRow.delete(host)
      queue(host)
    },
  }
}
