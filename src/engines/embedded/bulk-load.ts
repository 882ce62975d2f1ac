import type { Database } from 'bun:sqlite'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { UserId } from '../../core/ids.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Adjacency, transpose, withoutRepeats } from './bulk-load-edges.ts'
import { readEdgeFile } from './bulk-load-file.ts'
import { writeMessages } from './bulk-load-messages.ts'
import { type SyntheticGraph, syntheticFollowees, syntheticNodes } from './bulk-load-synthetic.ts'
import { loadedHandle, loadedUserIds, writeTokenFile, writeTokens, writeUsers } from './bulk-load-users.ts'
import { openForBulk } from './database.ts'
import { packMembers, rowKey, rowMembers, rowMembersMax } from './graph-pages.ts'

export interface BulkLoad {
  /** The data folder, on which no server may run. */
  readonly data: string
  /** An edge list's path, or what graph to make up. */
  readonly graph: string | SyntheticGraph
  readonly messages: number
  /** Where each user's token is written. */
  readonly tokens: string | undefined
  readonly clock: Clock
  /** Hears what is being done, and how much of how much (0: not known) is behind. */
  progress(step: string, done: number, all: number): void
}

export interface Loaded {
  readonly users: number
  readonly follows: number
  readonly messages: number
  /** Lines left out. */
  readonly repeated: number
  readonly selfFollows: number
  /** Who has most followers. */
  readonly largest: { readonly handle: string; readonly id: UserId; readonly followers: number } | undefined
  readonly bytes: { readonly database: number; readonly graph: number }
}

/** The folder has users already. The message is one sentence for the person who gave it. */
export class DataFolderNotEmpty extends Error {
  override readonly name = 'DataFolderNotEmpty'

  constructor(folder: string) {
    super(`The data folder ${folder} has users already: \`load\` fills an empty one, so give --data another folder.`)
  }
}

/** Loaded messages are spread over this time before now … */
const messagesSpanMs = 7 * 24 * 3600_000
/** … and end this long before it, so that nothing about them is still settling when a server starts. */
const messagesEndMs = 60_000
/** Pages of the database in memory while it is filled, in KiB: all of the indexes that do not grow at their end alone. */
const loadCacheKiB = 512 * 1024
/** Rows between two reports of progress. */
const reportEvery = 16_384

/**
 * Fills an empty data folder from a follow graph. All in one transaction, so an interrupted load leaves it empty; written
 * without a sync a page, and synced as a whole at the end.
 * @throws DataFolderLocked, DataFolderNotEmpty, BadEdgeList
 */
export async function bulkLoad(load: BulkLoad): Promise<Loaded> {
  const { db, close } = openForBulk(load.data)
  try {
    if (db.query('SELECT 1 FROM users LIMIT 1').get() !== null) throw new DataFolderNotEmpty(load.data)
    const graph = await readGraph(load)
    const users = graph.nodes.length
    const now = load.clock.now()
    const messagesBegin = now - messagesSpanMs
    const idOf = loadedUserIds(users, messagesBegin)

    db.run(`PRAGMA cache_size = -${loadCacheKiB}`)
    db.run('PRAGMA synchronous = OFF')
    db.run('BEGIN IMMEDIATE')
    load.progress('follow lists', 0, 2 * users)
    const following = graph.following
    const graphBytes = [
      writePages(db, 'following_pages', following, (n) => load.progress('follow lists', n, 2 * users)),
    ]
    const followers = transpose(following)
    graphBytes.push(
      writePages(db, 'follower_pages', followers, (n) => load.progress('follow lists', users + n, 2 * users)),
    )
    const degree =
      ({ offsets }: Adjacency) =>
      (i: number) =>
        offsets[i + 1]! - offsets[i]!
    const counts = { followers: degree(followers), following: degree(following) }
    writeUsers(db, graph.nodes, idOf, counts, (n) => load.progress('users', n, users))
    const tokenOf =
      load.tokens === undefined
        ? undefined
        : writeTokens(db, users, idOf, now, (n) => load.progress('tokens', n, users))
    const messages = users === 0 ? 0 : load.messages
    const span = { beginMs: messagesBegin, endMs: now - messagesEndMs }
    writeMessages(db, { count: messages, users, seed: graph.seed, ...span }, idOf, (n) =>
      load.progress('messages', n, messages),
    )
    load.progress('writing it all to the disk', 0, 0)
    db.run('COMMIT')
    db.run('PRAGMA synchronous = FULL')
    db.run('PRAGMA wal_checkpoint(TRUNCATE)')
    if (tokenOf !== undefined) await writeTokenFile(load.tokens!, graph.nodes, idOf, tokenOf)

    const largest = indexOfLargest(counts.followers, users)
    return {
      users,
      follows: following.members.length,
      messages,
      repeated: graph.repeated,
      selfFollows: graph.selfFollows,
      largest:
        largest === undefined
          ? undefined
          : { handle: loadedHandle(graph.nodes[largest]!), id: idOf(largest), followers: counts.followers(largest) },
      bytes: { database: statSync(join(load.data, 'rookery.db')).size, graph: graphBytes[0]! + graphBytes[1]! },
    }
  } finally {
    if (db.inTransaction) db.run('ROLLBACK')
    close()
  }
}

/**
 * Users are numbered by popularity: most followees then have small numbers that lie close together, which makes their
 * lists a sixth shorter.
 */
interface Graph {
  /** What the users are called in the list, by number. */
  readonly nodes: Float64Array
  readonly following: Adjacency
  readonly repeated: number
  readonly selfFollows: number
  readonly seed: number
}

async function readGraph({ graph, progress }: BulkLoad): Promise<Graph> {
  if (typeof graph !== 'string') {
    const following = syntheticFollowees(graph, (n) => progress('making up the graph', n, graph.users))
    return { nodes: syntheticNodes(graph), following, repeated: 0, selfFollows: 0, seed: graph.seed }
  }
  const size = Bun.file(graph).size
  const { edges, nodes, selfFollows } = await readEdgeFile(graph, (bytes) => progress('reading the graph', bytes, size))
  progress('sorting the graph', 0, 0)
  const order = edges.byPopularity(nodes.length)
  const numbers = new Uint32Array(nodes.length)
  for (let i = 0; i < order.length; i++) numbers[order[i]!] = i
  const following = withoutRepeats(transpose(edges.byTarget(numbers)))
  return {
    nodes: Float64Array.from(order, (i) => nodes[i]!),
    following,
    repeated: edges.length - following.members.length,
    selfFollows,
    seed: 1,
  }
}

/** Writes lists of sorted indexes as rows of sorted numbers, which are one larger; returns their bytes. */
function writePages(
  db: Database,
  table: 'follower_pages' | 'following_pages',
  { offsets, members }: Adjacency,
  progress: (done: number) => void,
): number {
  const insert = db.query(`INSERT INTO ${table} (key, members) VALUES (?, ?)`)
  const numbers = new Uint32Array(rowMembersMax)
  const bytes = new Uint8Array(5 * rowMembersMax)
  let total = 0
  for (let owner = 0; owner + 1 < offsets.length; owner++) {
    const end = offsets[owner + 1]!
    for (let from = offsets[owner]!, first = true; from < end; first = false) {
      const length = end - from <= rowMembersMax ? end - from : rowMembers
      for (let i = 0; i < length; i++) numbers[i] = members[from + i]! + 1
      const key = rowKey(owner + 1, first ? 0 : numbers[0]!)
      const packed = packMembers(numbers, 0, length, key, bytes)
      insert.run(key, bytes.subarray(0, packed))
      total += packed
      from += length
    }
    if (owner % reportEvery === 0) progress(owner)
  }
  return total
}

function indexOfLargest(value: (index: number) => number, length: number): number | undefined {
  let largest: number | undefined
  for (let i = 0; i < length; i++) if (largest === undefined || value(i) > value(largest)) largest = i
  return largest
}
