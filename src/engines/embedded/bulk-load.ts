import type { Database } from 'bun:sqlite'
import { statSync } from 'node:fs'
import type { UserId } from '../../core/ids.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Adjacency, transpose, withoutRepeats } from './bulk-load-edges.ts'
import { readEdgeFile } from './bulk-load-file.ts'
import { writeMessages } from './bulk-load-messages.ts'
import { type SyntheticGraph, syntheticFollowees, syntheticNodes } from './bulk-load-synthetic.ts'
import { loadedHandle, loadedUserIds, TokenFile, writeTokens, writeUsers } from './bulk-load-users.ts'
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
 * @throws DataFolderLocked, DataFolderNotEmpty, BadEdgeList, Refusal `disk_full`
 */
export async function bulkLoad(load: BulkLoad): Promise<Loaded> {
  const { db, close } = openForBulk(load.data)
  let tokenFile: TokenFile | undefined
  let whole = false
  try {
    if (db.query('SELECT 1 FROM users LIMIT 1').get() !== null) throw new DataFolderNotEmpty(load.data)
    tokenFile = load.tokens === undefined ? undefined : await TokenFile.begin(load.tokens)
    const graph = await readGraph(load)
    db.run(`PRAGMA cache_size = -${loadCacheKiB}`)
    db.run('PRAGMA synchronous = OFF')
    db.run('BEGIN IMMEDIATE')
    const loaded = await fill(db, graph, load, tokenFile)
    load.progress('writing it all to the disk', 0, 0)
    db.run('COMMIT')
    whole = true
    db.run('PRAGMA synchronous = FULL')
    db.run('PRAGMA wal_checkpoint(TRUNCATE)')
    return { ...loaded, bytes: { ...loaded.bytes, database: statSync(db.filename).size } }
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_FULL') throw error
    const what = whole
      ? 'everything was loaded, but it needs room before a server starts'
      : 'nothing was loaded: make room'
    throw new Refusal('disk_full', `The disk of ${load.data} is full; ${what}.`)
  } finally {
    if (db.inTransaction) db.run('ROLLBACK')
    close()
    await tokenFile?.end(whole)
  }
}

async function fill(db: Database, graph: Graph, load: BulkLoad, tokenFile: TokenFile | undefined): Promise<Loaded> {
  const { nodes, following } = graph
  const { progress } = load
  const users = nodes.length
  const now = load.clock.now()
  const span = { beginMs: now - messagesSpanMs, endMs: now - messagesEndMs }
  const idOf = loadedUserIds(users, span.beginMs)

  const lists = (from: number) => (done: number) => progress('follow lists', from + done, 2 * users)
  const followingBytes = writePages(db, 'following_pages', following, lists(0))
  const followers = transpose(following)
  const followerBytes = writePages(db, 'follower_pages', followers, lists(users))
  const followersOf = (i: number) => followers.offsets[i + 1]! - followers.offsets[i]!
  const followingOf = (i: number) => following.offsets[i + 1]! - following.offsets[i]!
  writeUsers(db, nodes, idOf, { followers: followersOf, following: followingOf }, (n) => progress('users', n, users))
  if (tokenFile !== undefined) {
    const tokenOf = writeTokens(db, users, idOf, now, (n) => progress('tokens', n, users))
    await tokenFile.write(nodes, idOf, tokenOf)
  }
  const count = users === 0 ? 0 : load.messages
  writeMessages(db, { count, users, seed: graph.seed, ...span }, idOf, (n) => progress('messages', n, count))

  let largest = 0
  for (let i = 1; i < users; i++) if (followersOf(i) > followersOf(largest)) largest = i
  return {
    users,
    follows: following.members.length,
    messages: count,
    repeated: graph.repeated,
    selfFollows: graph.selfFollows,
    largest:
      users === 0
        ? undefined
        : { handle: loadedHandle(nodes[largest]!), id: idOf(largest), followers: followersOf(largest) },
    bytes: { database: 0, graph: followingBytes + followerBytes },
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
