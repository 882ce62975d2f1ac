import { type Id, idAt } from '../../../core/ids.ts'
import { nodeRenewEveryMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Members } from '../../../ports/members.ts'
import type { Cassandra } from './client.ts'
import { createLeads } from './leads.ts'
import { type NodeRow, readNodes, takeNode } from './node-lease.ts'

export interface CassandraMembers extends Members {
  /** Unix ms. Every id that was given under this node number before lies below. */
  readonly leaseStart: number
  /** Rejects when another process has this one's node number: it was away for longer than its lease, and must end. */
  readonly lost: Promise<never>
  /** Gives number and tasks back. */
  leave(): Promise<void>
}

/** This process's node number was taken over. The message is one sentence for the log. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

/**
 * Makes this process a member: leases a node number and renews it each second.
 * @throws EngineUnusable when no number is free
 */
export async function joinMembers({
  db,
  clock,
  chance,
  address,
  roles,
  log,
}: {
  db: Cassandra
  clock: Clock
  chance: Chance
  address: string
  roles: readonly string[]
  log: Log
}): Promise<CassandraMembers> {
  const lease = await takeNode({ db, clock, chance }, { address, roles })
  const leads = createLeads(db, clock, lease.holder)
  const stop = new AbortController()
  const { promise: lost, reject: loseLease } = Promise.withResolvers<never>()
  lost.catch(() => {}) // whoever runs the engine awaits it; alone, a rejection would end the process
  let lowestHere = (): Id => Number.POSITIVE_INFINITY
  let others: readonly NodeRow[] = []
  let lookedAt = 0

  const living = (rows: readonly NodeRow[], now: number) => rows.filter((row) => row.lease_end > now)

  /** What others may count on: ids taken later are larger than those of this moment. */
  const bound = () => Math.min(lowestHere(), idAt(clock.now()))

  async function look(): Promise<readonly NodeRow[]> {
    const began = clock.now()
    const rows = await readNodes(db)
    others = living(rows, began).filter((row) => row.holder !== lease.holder)
    lookedAt = began
    return rows
  }

  async function keep(): Promise<void> {
    let failing = false
    while (!stop.signal.aborted) {
      await clock.sleep(nodeRenewEveryMs, stop.signal)
      if (stop.signal.aborted) return
      try {
        if (!(await lease.renew(bound()))) {
          loseLease(
            new LeaseLost(`Node number ${lease.node} was taken over: this process was away for longer than its lease.`),
          )
          return
        }
        await look()
        failing = false
      } catch (error) {
        if (!failing) log.warn({ error }, 'the lease of the node number could not be renewed; trying again')
        failing = true
      }
    }
  }

  await look()
  const keeping = keep()

  return {
    node: lease.node,
    leaseStart: lease.start,
    lost,
    leaseEnd: lease.end,
    announce(lowestInFlight) {
      lowestHere = lowestInFlight
    },
    lowestInFlight() {
      // Processes that came since the last look have taken no id from before it.
      let lowest = Math.min(lowestHere(), idAt(lookedAt))
      for (const row of others) lowest = Math.min(lowest, row.lowest_in_flight)
      return lowest
    },
    leads: leads.leads,
    async list() {
      const rows = await look()
      return living(rows, clock.now()).map(({ id, address, roles }) => ({
        node: id,
        address,
        roles: roles === '' ? [] : roles.split(','),
      }))
    },
    async leave() {
      if (stop.signal.aborted) return
      stop.abort()
      await keeping
      await Promise.allSettled([leads.release(), lease.release()])
    },
  }
}
