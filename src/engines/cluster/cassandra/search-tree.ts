import type { Id } from '../../../core/ids.ts'
import { searchSplitsKnown, searchSplitsKnownMs } from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'

/** A stretch of time: the ids with `bucket` × span ≤ id < (`bucket` + 1) × span of its level. */
export interface Node {
  readonly level: number
  readonly bucket: number
}

/** Ids in one node, by level: 25 days, 19 hours, 35 minutes, 65 s and 4 s. Never changed: places are computed from it. */
const spans = [2 ** 43, 2 ** 38, 2 ** 33, 2 ** 28, 2 ** 24] as const
export const deepest = spans.length - 1
/** Nodes whose splits stand in one partition: the children of a node that has most. */
const siblings = 32

const readSplits = statement<{ bucket: number }>('SELECT bucket FROM word_splits WHERE level = ? AND parent = ?')
const writeSplit = statement('INSERT INTO word_splits (level, parent, bucket) VALUES (?, ?, ?)')

export const nodeOf = (level: number, id: Id): Node => ({ level, bucket: Math.floor(id / spans[level]!) })
export const firstIdOf = ({ level, bucket }: Node): Id => bucket * spans[level]!
const parentOf = ({ bucket }: Node) => Math.floor(bucket / siblings)

/** Which nodes are split, as one question sees it: what it read once it does not read again. */
export type Splits = (node: Node) => Promise<boolean>

/**
 * The index's partitions by time: a node that has become large is split, and what comes then goes to its children; what stands
 * in it stays. So a small community's index is one node a month, and a large one's are some seconds long.
 */
export class SearchTree {
  readonly #db: Cassandra
  readonly #clock: Clock
  /** By level and parent. */
  readonly #known = new RecentMap<string, { readonly split: Set<number>; readonly at: number }>(searchSplitsKnown)

  constructor(db: Cassandra, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** As of now: whoever finds a node not split has missed no id that was added to its children before. */
  now(): Splits {
    const read = new Map<string, Promise<Set<number>>>()
    return async (node) => {
      const key = keyOf(node)
      let found = read.get(key)
      if (found === undefined) read.set(key, (found = this.#read(node)))
      return (await found).has(node.bucket)
    }
  }

  /** As this process knows it: a split of another process may be missing for `searchSplitsKnownMs`. */
  readonly known: Splits = async (node) => {
    const known = this.#known.get(keyOf(node))
    if (known?.split.has(node.bucket)) return true
    const age = known === undefined ? Number.POSITIVE_INFINITY : this.#clock.now() - known.at
    if (age >= 0 && age < searchSplitsKnownMs) return false
    return (await this.#read(node)).has(node.bucket)
  }

  /** Durable when it resolves. */
  async split(node: Node): Promise<void> {
    await this.#db.write(writeSplit, [node.level, parentOf(node), node.bucket])
    this.#known.get(keyOf(node))?.split.add(node.bucket)
  }

  /** The nodes that an id may stand in, the largest first; new ones go to the last. */
  async path(id: Id, splits: Splits): Promise<Node[]> {
    const path = [nodeOf(0, id)]
    while (path.length <= deepest && (await splits(path.at(-1)!))) path.push(nodeOf(path.length, id))
    return path
  }

  /** The nodes without children that cover all ids below `below`, newest first. */
  leaves(below: Id, splits: Splits): AsyncGenerator<Node> {
    return leavesOf(0, 0, nodeOf(0, below - 1).bucket, below, splits)
  }

  async #read(node: Node): Promise<Set<number>> {
    const at = this.#clock.now()
    const rows = await this.#db.read(readSplits, [node.level, parentOf(node)])
    const split = new Set(rows.map(({ bucket }) => bucket))
    this.#known.set(keyOf(node), { split, at })
    return split
  }
}

const keyOf = (node: Node) => `${node.level} ${parentOf(node)}`

async function* leavesOf(level: number, first: number, last: number, below: Id, splits: Splits): AsyncGenerator<Node> {
  for (let bucket = last; bucket >= first; bucket--) {
    const node = { level, bucket }
    if (level === deepest || !(await splits(node))) {
      yield node
      continue
    }
    const begin = firstIdOf(node)
    const end = Math.min(begin + spans[level]!, below) - 1
    yield* leavesOf(level + 1, nodeOf(level + 1, begin).bucket, nodeOf(level + 1, end).bucket, below, splits)
  }
}
