import type { Id } from '../../core/ids.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { RecentMessages } from '../../core/recent-messages.ts'
import { UserNumbers } from '../../core/user-numbers.ts'
import { type Chance, systemChance } from '../../ports/chance.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import { soleMember } from '../../ports/members.ts'
import { createEmbeddedActivity } from './activity.ts'
import { createEmbeddedAudit } from './audit.ts'
import { createEmbeddedBlocks } from './blocks.ts'
import { createEmbeddedBoosts, createEmbeddedReplies } from './boosts.ts'
import { EmbeddedBus } from './bus.ts'
import { EmbeddedCounts } from './counts.ts'
import { type EmbeddedDatabase, openDatabase } from './database.ts'
import { bytesKept, type DiskUse, watchDiskUse } from './disk-use.ts'
import { createEmbeddedGraph } from './graph.ts'
import { createEmbeddedHostUsers } from './host-users.ts'
import { createEmbeddedHotLog } from './hot-log.ts'
import { createEmbeddedIdempotency } from './idempotency.ts'
import { EmbeddedInbox } from './inbox.ts'
import { createEmbeddedInvites } from './invites.ts'
import { createEmbeddedLikes } from './likes.ts'
import { createEmbeddedMedia } from './media.ts'
import { createEmbeddedMessages, type EmbeddedMessages } from './messages.ts'
import { createEmbeddedNotifications } from './notifications.ts'
import { createEmbeddedOutboxRows, type EmbeddedOutboxRows } from './outbox-rows.ts'
import { createEmbeddedPush } from './push.ts'
import { EmbeddedQueue } from './queue.ts'
import { scanRecent } from './recent-scan.ts'
import { createEmbeddedReports } from './reports.ts'
import { createEmbeddedSearch } from './search.ts'
import { createEmbeddedUsers } from './users.ts'
import { createEmbeddedWithdrawn } from './withdrawn.ts'

export { DataFolderLocked, DataFolderUnusable } from './lock.ts'
export { SchemaTooNew } from './schema.ts'

/** Users read at once, so that a million of them need not stand in memory as rows. */
const usersRead = 10_000
/** How often what is past its age is removed. */
const housekeepingMs = 3600_000
/** … and the first time, past the busy minute after a start. */
const firstHousekeepingMs = 60_000

export interface EmbeddedOptions {
  /** The data folder; made when it is absent. */
  readonly data: string
  /** Bounds inboxes, recent messages and follow lists in memory, together. */
  readonly memoryBytes: number
  readonly clock?: Clock
  readonly chance?: Chance
  readonly log?: Log
}

/** The embedded engine. */
export interface EmbeddedEngine extends Engine {
  /** Resolves once recent messages and follower lists are in memory; reads work before, out of the database. */
  readonly warm: Promise<void>
  /** What the database takes on the disk, by kind, as of the last look; empty before the first. */
  disk(): DiskUse
}

/**
 * Opens the installation in the data folder, or begins one there. Waits for no scan but that of the user numbers.
 * @throws DataFolderLocked, DataFolderUnusable, SchemaTooNew
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedEngine> {
  const { clock = systemClock, chance = systemChance, log = silentLog } = options
  const database = await openDatabase(options.data, chance)
  const { writer, meta } = database
  const numbers = loadNumbers(database)
  const stop = new AbortController()

  const rowsFrom = meta.number('outbox_from') ?? 0
  const newestRow = largest(database, 'SELECT max(id) FROM outbox')
  const recentBytes = options.memoryBytes / 16
  const recent = new RecentMessages(numbers, recentBytes, Math.max(newestRow, rowsFrom - 1, 0))

  // Rows serve the list of recent messages and the index that is written behind; below, nobody asks for them.
  const rowsNeededFrom = () => Math.min(recent.overwritten, messages.rowsNeededFrom())
  const outboxRows: EmbeddedOutboxRows = createEmbeddedOutboxRows(database, clock, rowsNeededFrom)
  const counts = new EmbeddedCounts(database)
  const search = createEmbeddedSearch(database, clock, log)
  const messages: EmbeddedMessages = createEmbeddedMessages(database, recent, outboxRows, counts, search)
  const graphBytes = options.memoryBytes / 8
  const queue = new EmbeddedQueue(clock)
  const graph = createEmbeddedGraph(database, numbers, clock, graphBytes)
  const scans = [scanRecent(database, recent, newestRow, rowsFrom, stop.signal), graph.warm(stop.signal)]
  const warm = Promise.all(scans).then(() => {})
  warm.catch((error) => log.error({ error }, 'not all could be read into memory; reads go to the database'))
  const disk = watchDiskUse(
    options.data,
    database.reader,
    clock,
    (error) => log.warn({ error }, 'disk use could not be read'),
    stop.signal,
  )
  const searching = search.follow(stop.signal)
  void keepHouse(clock, messages, log, stop.signal)

  return {
    messages,
    outboxRows,
    queue,
    graph,
    blocks: createEmbeddedBlocks(database, graph.forget),
    inbox: new EmbeddedInbox(numbers, clock, options.memoryBytes - recentBytes - graphBytes),
    hotLog: createEmbeddedHotLog(database),
    bus: new EmbeddedBus((error) => log.error({ error }, 'a subscriber of the bus failed')),
    users: createEmbeddedUsers(database, numbers, messages.count),
    withdrawn: createEmbeddedWithdrawn(database),
    hostUsers: createEmbeddedHostUsers(database, numbers),
    sharedRates: undefined,
    likes: createEmbeddedLikes(database, counts),
    boosts: createEmbeddedBoosts(database),
    replies: createEmbeddedReplies(database),
    counts: { of: async (ids) => ids.map((id) => counts.of(id)) },
    search,
    notifications: createEmbeddedNotifications(database),
    activity: createEmbeddedActivity(database, clock),
    push: createEmbeddedPush(database),
    idempotency: createEmbeddedIdempotency(database),
    reports: createEmbeddedReports(database),
    invites: createEmbeddedInvites(database),
    audit: createEmbeddedAudit(database),
    media: createEmbeddedMedia(database),
    members: soleMember(0),
    retention: { expire: messages.expire, bytes: () => bytesKept(options.data, database.reader) },
    cursorKey: { installation: meta.number('installation')!, secret: meta.number('secret')! },
    pushKey: meta.pushKey(),
    node: 0,
    largestId: largestId(database),
    failed: writer.failed,
    warm,
    disk: disk.latest,
    async close() {
      if (stop.signal.aborted) return
      stop.abort()
      queue.close()
      // What a failed disk no longer takes is repeated after the next start.
      await outboxRows.flush().catch(() => {})
      await Promise.allSettled([...scans, searching])
      await database.close()
    },
  }
}

/** One scan of an index that holds nothing but ids and numbers: 100,000 users in some 30 ms. */
function loadNumbers(database: EmbeddedDatabase): UserNumbers {
  const numbers = new UserNumbers(largest(database, 'SELECT max(number) FROM users'))
  const scanner = database.scanner()
  const slice = scanner.query(`SELECT id, number FROM users WHERE id > ? ORDER BY id LIMIT ${usersRead}`)
  for (let after = 0; ; ) {
    const rows = slice.values(after) as [Id, number][]
    for (const [id, number] of rows) numbers.add(number, id)
    if (rows.length < usersRead) break
    after = rows.at(-1)![0]
  }
  scanner.close()
  return numbers
}

/** Each table's largest id stands at the end of an index. Of idempotency keys the latest hold the largest ids. */
function largestId(database: EmbeddedDatabase): Id {
  return Math.max(
    largest(database, 'SELECT max(id) FROM messages'),
    largest(database, 'SELECT max(id) FROM outbox'),
    largest(database, 'SELECT max(id) FROM users'),
    largest(database, 'SELECT max(id) FROM hot'),
    largest(database, 'SELECT max(stamp) FROM deletions'),
    largest(database, 'SELECT max(id) FROM boosts WHERE done = 0'),
    largest(database, 'SELECT max(since) FROM recent_follows'),
    largest(database, 'SELECT max(id) FROM reports'),
    largest(database, 'SELECT max(id) FROM invites'),
    largest(database, 'SELECT max(id) FROM audit'),
    largest(database, 'SELECT max(id) FROM (SELECT id FROM idempotency ORDER BY claimed_at DESC LIMIT 10000)'),
  )
}

function largest({ reader }: EmbeddedDatabase, sql: string): Id {
  const [[id]] = reader.query(sql).values() as [[Id | null]]
  return id ?? 0
}

async function keepHouse(clock: Clock, messages: EmbeddedMessages, log: Log, stop: AbortSignal): Promise<void> {
  for (let waitMs = firstHousekeepingMs; ; waitMs = housekeepingMs) {
    await clock.sleep(waitMs, stop)
    if (stop.aborted) return
    await messages
      .forgetDeletions(clock.now())
      .catch((error) => log.warn({ error }, 'old deletions could not be removed'))
  }
}
