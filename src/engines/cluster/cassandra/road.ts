import { type Id, type MessageId, nodeOf, type UserId } from '../../../core/ids.ts'
import type { BlockStore } from '../../../ports/blocks.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { SharedBodies } from '../shared-bodies.ts'
import { Background } from './background.ts'
import { createCassandraBlocks } from './blocks.ts'
import type { Cassandra } from './client.ts'
import type { Dirty } from './dirty.ts'
import { type CassandraGraph, createCassandraGraph, type FollowsVersions } from './graph.ts'
import { createLikeCounts, type LikeCounts } from './like-counts.ts'
import { createLinkCounts } from './link-counts.ts'
import { createLinkRows } from './link-rows.ts'
import { type CassandraMessages, createCassandraMessages } from './messages.ts'
import { createOutboxFeed } from './outbox-feed.ts'
import { type CassandraOutboxRows, createCassandraOutboxRows } from './outbox-rows.ts'
import { type CassandraSearch, createCassandraSearch } from './search.ts'
import type { ShardCounts } from './shard-counts.ts'
import { createWriteTimes } from './write-times.ts'

export interface CassandraRoadOptions {
  readonly db: Cassandra
  readonly clock: Clock
  readonly dirty: Dirty
  /** Where the counts are held that are shown; without it, by the road alone. */
  readonly likeCounts?: LikeCounts
  /** This process's node number for ids; its ids of this run lie above `largestId`. */
  readonly node: number
  readonly largestId: Id
  /** The smallest id in flight of any live process, own ones included (`Members.lowestInFlight`). */
  readonly lowestInFlight: () => Id
  /** Bounds the newest messages of all authors held in memory, 16 bytes each: 32 MB reach far. */
  readonly recentBytes: number
  /** What readers' inboxes tell, and must be told. Without it nothing is kept by it: every question is one of the store. */
  readonly inboxes?: {
    readonly follows: FollowsVersions
    tellOwn(author: UserId, id: MessageId): Promise<void>
  }
  /** Without it every body is read from its row. */
  readonly sharedBodies?: SharedBodies
  /** Other bounds of the index's partitions, for tests. */
  readonly search?: { readonly splitRows: number; readonly countEveryRows: number }
  /** Told of a failure in the background: what failed is tried again. */
  readonly log: (problem: string, error: unknown) => void
}

/** The stores that a message passes on its road: messages and outboxes, outbox rows, follow edges, words. */
export interface CassandraRoad {
  readonly messages: CassandraMessages
  readonly outboxRows: CassandraOutboxRows
  readonly graph: CassandraGraph
  readonly blocks: BlockStore
  /** For the recounter. */
  readonly boostCounts: ShardCounts
  readonly replyCounts: ShardCounts
  readonly search: CassandraSearch
  /** Ends what goes on in the background; to be awaited before the connection is closed. */
  close(): Promise<void>
}

export function createCassandraRoad(options: CassandraRoadOptions): CassandraRoad {
  const { db, clock, dirty, node, largestId, lowestInFlight, recentBytes, inboxes, sharedBodies, log } = options
  const background = new Background(log)
  const writeTime = createWriteTimes(clock)
  const { likeCounts = createLikeCounts({ db, clock }) } = options
  const boostCounts = createLinkCounts({ db, clock, kind: 'boosts', likeCounts })
  const replyCounts = createLinkCounts({ db, clock, kind: 'replies', likeCounts })
  const feed = createOutboxFeed(db, clock)
  const outboxRows = createCassandraOutboxRows(db, feed, clock, writeTime, background)
  const search = createCassandraSearch({ db, clock, ...options.search })
  const isOwn = (id: Id) => id > largestId && nodeOf(id) === node
  const messages = createCassandraMessages({
    db,
    clock,
    writeTime,
    feed,
    outboxRows,
    links: createLinkRows({ db, dirty, boosts: boostCounts, replies: replyCounts }),
    lowestInFlight,
    isOwn,
    background,
    recentBytes,
    tellOwn: inboxes?.tellOwn,
    sharedBodies,
    unindex: search.remove,
  })
  return {
    messages,
    outboxRows,
    boostCounts,
    replyCounts,
    search,
    graph: createCassandraGraph({ db, clock, writeTime, dirty, versions: inboxes?.follows }),
    blocks: createCassandraBlocks({ db, writeTime, versions: inboxes?.follows }),
    close: () => background.close(),
  }
}
