import type { Id } from '../core/ids.ts'

/** A process of the installation, as the others see it. */
export interface Member {
  readonly node: number
  /** Where its internal calls are answered, `host:port`; empty where nobody needs to call it. */
  readonly address: string
  readonly roles: readonly string[]
}

/**
 * The live processes of an installation. [MP1] No two have the same node number at a time, and the next holder of a number
 * starts 1 s after the former one's lease. [MP2] Once `announce` was called, no process's `lowestInFlight` is above an id
 * that is in flight here and older than 5 s. [MP3] At most one process leads a task at a time.
 */
export interface Members {
  /** This process's node number for ids. */
  readonly node: number
  /** Unix ms before which ids of this node must lie; Infinity where nothing is leased. Rises while the lease is renewed. */
  leaseEnd(): number
  /** From now on others are told the smallest id in flight here, with each renewal (each second at most). */
  announce(lowestInFlight: () => Id): void
  /** The smallest id that may be in flight in any live process, own ones included; others' as of a moment ago. */
  lowestInFlight(): Id
  /** Whether this process leads `task` for the next seconds (one leased leader each: 'sweep', 'recount' …); renewed by asking. */
  leads(task: string): Promise<boolean>
  /** The live processes, this one among them. */
  list(): Promise<Member[]>
}

/** The only process there is: leads everything, for ever. */
export function soleMember(node: number): Members {
  let lowest = () => Number.POSITIVE_INFINITY
  return {
    node,
    leaseEnd: () => Number.POSITIVE_INFINITY,
    announce(lowestInFlight) {
      lowest = lowestInFlight
    },
    lowestInFlight: () => lowest(),
    leads: () => Promise.resolve(true),
    list: () => Promise.resolve([{ node, address: '', roles: [] }]),
  }
}
