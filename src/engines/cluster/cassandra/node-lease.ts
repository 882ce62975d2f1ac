import { type Id, idAt, nodesMax } from '../../../core/ids.ts'
import { engineStartMs, nodeLeaseGapMs, nodeLeaseMs } from '../../../core/limits.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import { EngineUnusable } from '../unusable.ts'
import { type Cassandra, statement } from './client.ts'

export interface NodeRow {
  id: number
  /** A random text of the process that has the number. */
  holder: string
  address: string
  roles: string
  lease_end: number
  /** No id in flight there is smaller, nor any taken after this was written. */
  lowest_in_flight: Id
}

const columns = 'id, holder, address, roles, lease_end, lowest_in_flight'
const all = statement<NodeRow>(`SELECT ${columns} FROM nodes WHERE id IN ?`)
const one = statement<NodeRow>(`SELECT ${columns} FROM nodes WHERE id = ?`)
const take = statement<NodeRow>(`INSERT INTO nodes (${columns}) VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS`)
const takeOver = statement<NodeRow>(
  `UPDATE nodes SET holder = ?, address = ?, roles = ?, lease_end = ?, lowest_in_flight = ? WHERE id = ?
   IF holder = ? AND lease_end = ?`,
)
const renew = statement<NodeRow>('UPDATE nodes SET lease_end = ?, lowest_in_flight = ? WHERE id = ? IF holder = ?')

const numbers = Array.from({ length: nodesMax }, (_, number) => number)

export interface NodeLease {
  readonly node: number
  readonly holder: string
  /** Unix ms. No id was given under this number at or after it by anybody else. */
  readonly start: number
  end(): number
  /** Makes the lease longer; false when another process has the number. Throws `unavailable`: the lease is as it was. */
  renew(lowestInFlight: Id): Promise<boolean>
  /** Ends the lease now. */
  release(): Promise<void>
}

/** All rows, also of processes that ended. */
export const readNodes = (db: Cassandra): Promise<NodeRow[]> => db.read(all, [numbers])

/**
 * Takes a node number that nobody has: never used, or its lease ended `nodeLeaseGapMs` ago. Waits for one for a while.
 * @throws EngineUnusable when all are taken
 */
export async function takeNode(
  { db, clock, chance }: { db: Cassandra; clock: Clock; chance: Chance },
  { address, roles }: { address: string; roles: readonly string[] },
): Promise<NodeLease> {
  const holder = chance.epoch().toString(36) + chance.epoch().toString(36)
  for (const began = performance.now(); ; ) {
    const rows = new Map((await readNodes(db)).map((row) => [row.id, row]))
    const start = clock.now()
    const free = numbers.filter((number) => (rows.get(number)?.lease_end ?? 0) + nodeLeaseGapMs <= start)
    // By chance, so that processes that start together do not all try for the same.
    const node = free[Math.floor(chance.number() * free.length)]
    if (node !== undefined) {
      const end = start + nodeLeaseMs
      const mine = (row: NodeRow | undefined) => row?.holder === holder
      const look = { read: one, values: [node], mine }
      const former = rows.get(node)
      const texts = [holder, address, roles.join(',')] as const
      const taken = former
        ? await db.lwt(takeOver, [...texts, end, idAt(start), node, former.holder, former.lease_end], look)
        : await db.lwt(take, [node, ...texts, end, idAt(start)], look)
      if (taken.applied) return createLease(db, clock, { node, holder, start, end })
    } else if (performance.now() - began > engineStartMs) {
      throw new EngineUnusable(
        `All ${nodesMax} processes that an installation can have are running: stop one, then start this one again.`,
      )
    } else await clock.sleep(500)
  }
}

function createLease(
  db: Cassandra,
  clock: Clock,
  { node, holder, start, end: firstEnd }: { node: number; holder: string; start: number; end: number },
): NodeLease {
  let end = firstEnd

  async function setEnd(next: number, lowest: Id): Promise<boolean> {
    const renewed = await db.lwt(renew, [next, lowest, node, holder], {
      read: one,
      values: [node],
      mine: (row) => row?.holder === holder && row.lease_end === next,
    })
    return renewed.applied
  }

  return {
    node,
    holder,
    start,
    end: () => end,
    async renew(lowestInFlight) {
      const next = clock.now() + nodeLeaseMs
      if (!(await setEnd(next, lowestInFlight))) return false
      end = Math.max(end, next)
      return true
    },
    async release() {
      end = Math.min(end, clock.now())
      await setEnd(end, Number.MAX_SAFE_INTEGER)
    },
  }
}
