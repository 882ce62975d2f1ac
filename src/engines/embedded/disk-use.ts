import type { Database } from 'bun:sqlite'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { diskLookEveryMs, diskLookShare, diskLookSoonBytes } from '../../core/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import { openReader, scanCacheKiB } from './connection.ts'
import { databaseFile } from './database.ts'
import { longRead } from './long-read.ts'

/** Where uploads are when no other place is named. */
export const mediaFolder = 'media'

/** Bytes by kind. */
export type DiskUse = Readonly<Record<string, number>>

/** What each table holds; one that is not named here counts as `other`. */
const kinds: Readonly<Record<string, string>> = {
  messages: 'messages',
  by_author: 'outboxes',
  message_counts: 'outboxes',
  outbox: 'outboxes',
  dead_jobs: 'outboxes',
  deletions: 'outboxes',
  users: 'users',
  tokens: 'users',
  subs: 'users',
  withdrawn: 'users',
  follower_pages: 'follows',
  following_pages: 'follows',
  notify_follows: 'follows',
  recent_follows: 'follows',
  hides: 'follows',
  likes: 'likes',
  likers: 'likes',
  counts: 'likes',
  boosts: 'outboxes',
  replies: 'outboxes',
  reports: 'community',
  invites: 'community',
  audit: 'community',
  media: 'media',
  push_subscriptions: 'users',
  notifications: 'notifications',
  notifications_read: 'notifications',
  activity_log: 'notifications',
  words: 'search',
  words_data: 'search',
  words_idx: 'search',
  words_config: 'search',
}

/** What counts for a bound of size: the database's pages in use, and the files of uploads where they stand beside it. */
export function bytesKept(folder: string, reader: Database): number {
  return bytesInUse(reader) + (existsSync(join(folder, mediaFolder)) ? uploadedBytes(reader) : 0)
}

/** Bytes of the database's pages that hold something: what was deleted makes room for what comes, the file stays as long. */
export function bytesInUse(reader: Database): number {
  return (pragma(reader, 'page_count') - pragma(reader, 'freelist_count')) * pragma(reader, 'page_size')
}

function pragma(reader: Database, name: string): number {
  return (reader.query(`PRAGMA ${name}`).values() as [[number]])[0]![0]
}

/**
 * What the data folder takes on the disk: each kind of table with its indexes, `media` with the files of uploads, `free` pages that will be used
 * again, and the `log` that is still to be carried over. Reads every page of it, on a thread of its own. Where SQLite was
 * built without `dbstat`, one figure, `database`.
 */
export async function readDiskUse(folder: string): Promise<DiskUse> {
  const path = join(folder, databaseFile)
  const db = openReader(path, scanCacheKiB)
  const free = pragma(db, 'freelist_count') * pragma(db, 'page_size')
  const database = bytesInUse(db)
  const uploads = existsSync(join(folder, mediaFolder)) ? uploadedBytes(db) : 0
  db.close()
  const rest = { free, log: sizeOf(`${path}-wal`) }
  try {
    const tables = (await longRead(
      path,
      `SELECT coalesce(s.tbl_name, d.name), sum(d.pgsize) FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name
       WHERE d.aggregate = 1 GROUP BY 1`,
    )) as [string, number][]
    const use: Record<string, number> = {}
    for (const [table, bytes] of tables) {
      const kind = kinds[table] ?? 'other'
      use[kind] = (use[kind] ?? 0) + bytes
    }
    return { ...use, media: (use.media ?? 0) + uploads, ...rest }
  } catch (error) {
    if (!/no such table: dbstat/.test((error as Error).message)) throw error
    return { database, media: uploads, ...rest }
  }
}

/** Of the files beside the database: by what the rows say, for the files may be many. */
function uploadedBytes(db: Database): number {
  const sum = 'SELECT coalesce(sum(bytes + preview_bytes), 0) FROM media INDEXED BY media_by_owner WHERE use <> 2'
  return (db.query(sum).values() as [[number]])[0]![0]
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/**
 * Looks again and again, so seldom that looking takes a small share of the time; a large database not in the busy minute
 * after a start. `latest` is empty until the first look has ended.
 */
export function watchDiskUse(
  folder: string,
  reader: Database,
  clock: Clock,
  log: (error: unknown) => void,
  stop: AbortSignal,
): { latest(): DiskUse } {
  let latest: DiskUse = {}
  async function watch(): Promise<void> {
    let waitMs = bytesInUse(reader) < diskLookSoonBytes ? 0 : 60_000
    while (!stop.aborted) {
      await clock.sleep(waitMs, stop)
      if (stop.aborted) return
      const began = clock.now()
      await readDiskUse(folder).then((use) => {
        latest = use
      }, log)
      waitMs = Math.max(diskLookEveryMs, (clock.now() - began) / diskLookShare)
    }
  }
  void watch()
  return { latest: () => latest }
}
