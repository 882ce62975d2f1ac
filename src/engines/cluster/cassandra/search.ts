import { type Id, idAt, type MessageId } from '../../../core/ids.ts'
import { inTurns } from '../../../core/in-turns.ts'
import {
  clocksApartMaxMs,
  fanoutBatchJobs,
  searchCountEveryRows,
  searchGatherMs,
  searchLeavesAtOnce,
  searchReadsMax,
  searchRowsAtOnce,
  searchRowsPerBatch,
  searchShards,
  searchSplitRows,
  searchWritesAtOnce,
} from '../../../core/limits.ts'
import { textOf } from '../../../core/message.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import { wordsOf } from '../../../core/words.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { MessageRecord } from '../../../ports/messages.ts'
import type { SearchIndex } from '../../../ports/search.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, type Statement, statement } from './client.ts'
import { writtenFor } from './road-keys.ts'
import type { Values } from './rows.ts'
import { deepest, firstIdOf, type Node, SearchTree } from './search-tree.ts'
import { shardOfText } from './text-shards.ts'

const place = 'level = ? AND bucket = ? AND shard = ?'
const insert = statement('INSERT INTO words (level, bucket, shard, word, id) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?')
const remove = statement(`DELETE FROM words USING TIMESTAMP ? WHERE ${place} AND word = ? AND id = ?`)
const slice = statement<{ id: MessageId }>(
  `SELECT id FROM words WHERE ${place} AND word = ? AND id >= ? AND id < ? LIMIT ?`,
)
const among = statement<{ id: MessageId }>(`SELECT id FROM words WHERE ${place} AND word = ? AND id IN ?`)
const count = statement<{ n: number }>(`SELECT count(*) AS n FROM words WHERE ${place}`)

/** A node that is not split has few rows, which go into one partition: so a message's words are one write. */
const shardOf = (word: string, level: number) => (level === deepest ? shardOfText(word, searchShards) : 0)

export interface CassandraSearch extends SearchIndex {
  /** Takes the message out, for good; `at` is the time of writing. */
  remove(message: MessageRecord, at: number): Promise<void>
}

/** What one word has between two ids. */
interface Read {
  readonly word: string
  /** Newest first, all there are from `from` up. */
  readonly ids: MessageId[]
  readonly from: Id
}

/**
 * The index of words in Cassandra: a row for each word of a message, in partitions by time and by the word's hash, so that
 * a batch of messages is a few writes, and a common word many small partitions. A row is written with its message's own
 * time: adding again changes nothing, and what was removed stays away.
 *
 * `splitRows`: rows of one partition from which its node is split.
 */
export function createCassandraSearch({
  db,
  clock,
  splitRows = searchSplitRows,
  countEveryRows = searchCountEveryRows,
}: {
  db: Cassandra
  clock: Clock
  splitRows?: number
  countEveryRows?: number
}): CassandraSearch {
  const tree = new SearchTree(db, clock)
  /** Rows that this process has written, by partition. */
  const written = new RecentMap<string, number>(searchShards * 256)
  let gathered: MessageRecord[] = []
  /** What is gathering, and has not begun to be written. */
  let gathering: Promise<void> | undefined
  let added = 0

  /** Writes to each partition together. */
  async function write(places: Map<string, readonly (readonly [Statement, Values])[]>): Promise<void> {
    const batches = [...places.values()].flatMap((writes) => chunks(writes, searchRowsPerBatch))
    await inTurns(batches, searchWritesAtOnce, (batch) => db.batch(batch))
  }

  function putInto<T>(places: Map<string, T[]>, node: Node, shard: number, one: T): void {
    const key = keyOf(node, shard)
    const list = places.get(key)
    if (list === undefined) places.set(key, [one])
    else list.push(one)
  }

  /** All that callers give within `searchGatherMs`: few at a time, as many writes would be most of what a message costs. */
  async function flush(waitMs: number): Promise<void> {
    await clock.sleep(waitMs)
    const messages = gathered
    gathered = []
    gathering = undefined
    const places = new Map<string, (readonly [Statement, Values])[]>()
    for (const { id, body } of messages) {
      const words = wordsOf(textOf(body))
      if (words.size === 0) continue
      const node = (await tree.path(id, tree.known)).at(-1)!
      for (const word of words) {
        const shard = shardOf(word, node.level)
        putInto(places, node, shard, [insert, [node.level, node.bucket, shard, word, id, writtenFor(id)]] as const)
      }
    }
    await write(places)
    added += messages.length
    for (const [key, writes] of places) await grown(key, writes.length)
  }

  /** Splits the node of a partition that has become large. Counted now and then: others write there too. */
  async function grown(key: string, rows: number): Promise<void> {
    const before = written.get(key) ?? 0
    written.set(key, before + rows)
    if (Math.floor(before / countEveryRows) === Math.floor((before + rows) / countEveryRows)) return
    const [level, bucket, shard] = key.split(' ').map(Number) as [number, number, number]
    if (level === deepest || (await tree.known({ level, bucket }))) return
    const counted = await db.one(count, [level, bucket, shard])
    if ((counted?.n ?? 0) >= splitRows) await tree.split({ level, bucket })
  }

  /** What the word has in these nodes from `bottom` up to below `top`: the newest `limit`. */
  async function read(word: string, nodes: readonly Node[], bottom: Id, top: Id, limit: number): Promise<Read> {
    const lists = await Promise.all(
      nodes.map(({ level, bucket }) => db.read(slice, [level, bucket, shardOf(word, level), word, bottom, top, limit])),
    )
    // A list that was cut off says nothing of what lies below its end.
    const ends = lists.map((rows) => (rows.length < limit ? bottom : rows.at(-1)!.id))
    const from = Math.max(bottom, ...ends)
    const ids = lists.flat().map(({ id }) => id)
    return { word, ids: [...new Set(ids.filter((id) => id >= from))].sort((a, b) => b - a), from }
  }

  /** Those of `ids` that have the word. */
  async function having({ word, ids, from }: Read, nodes: readonly Node[], asked: readonly MessageId[]) {
    const has = new Set(ids)
    const below = asked.filter((id) => id < from)
    if (below.length > 0) {
      const reads = nodes.map(({ level, bucket }) => db.read(among, [level, bucket, shardOf(word, level), word, below]))
      for (const { id } of (await Promise.all(reads)).flat()) has.add(id)
    }
    return has
  }

  return {
    async add(messages) {
      if (messages.length === 0) return
      for (const message of messages) gathered.push(message)
      gathering ??= flush(messages.length < fanoutBatchJobs ? searchGatherMs : 0)
      await gathering
    },

    async remove({ id, body }, at) {
      const places = new Map<string, (readonly [Statement, Values])[]>()
      for (const node of await tree.path(id, tree.now())) {
        for (const word of wordsOf(textOf(body))) {
          const shard = shardOf(word, node.level)
          putInto(places, node, shard, [remove, [at, node.level, node.bucket, shard, word, id]] as const)
        }
      }
      await write(places)
    },

    async find(words, below, limit) {
      const splits = tree.now()
      const found: MessageId[] = []
      let top = Math.min(below, idAt(clock.now() + 2 * clocksApartMaxMs))
      let reads = 0
      // First where the newest are; further back, more at once.
      for (let width = 1; ; width = Math.min(2 * width, Math.ceil(searchLeavesAtOnce / words.length))) {
        const { nodes, bottom } = await covering(tree, top, width, splits)
        const rows = words.length === 1 ? limit - found.length : searchRowsAtOnce
        const lists = await Promise.all(words.map((word) => read(word, nodes, bottom, top, rows)))
        // The one that reaches furthest is the rarest here; the others are asked for its messages.
        const [rarest, ...others] = lists.sort((a, b) => a.from - b.from) as [Read, ...Read[]]
        const sets = await Promise.all(others.map((other) => having(other, nodes, rarest.ids)))
        for (const id of rarest.ids) if (sets.every((set) => set.has(id))) found.push(id)
        if (found.length >= limit) {
          const ids = found.slice(0, limit)
          return { ids, rest: ids.at(-1) }
        }
        top = rarest.from
        if (top === 0) return { ids: found, rest: undefined }
        reads += 2 * words.length * nodes.length
        if (reads >= searchReadsMax) return { ids: found, rest: top }
      }
    },

    stats: () => ({ added, waiting: undefined, older: false }),
  }
}

const keyOf = ({ level, bucket }: Node, shard: number) => `${level} ${bucket} ${shard}`

/** The newest `width` leaves below `top` with all that lie above them: where every id stands from `bottom` up to `top`. */
async function covering(
  tree: SearchTree,
  top: Id,
  width: number,
  splits: (node: Node) => Promise<boolean>,
): Promise<{ nodes: Node[]; bottom: Id }> {
  const nodes = new Map<string, Node>()
  let bottom = 0
  let taken = 0
  for await (const leaf of tree.leaves(top, splits)) {
    bottom = firstIdOf(leaf)
    for (const node of await tree.path(bottom, splits)) nodes.set(keyOf(node, 0), node)
    if (++taken === width) break
  }
  return { nodes: [...nodes.values()], bottom }
}
