import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { allTables } from '../../engines/cluster/cassandra/schema.ts'
import { migrate } from '../../engines/embedded/schema.ts'
import { type Kind, kinds } from '../../ports/copy.ts'

/**
 * Every table of either engine: the kind that carries it, or why it stays behind. Who adds a table finds here that a copy
 * must know it.
 */
const embedded: Record<string, Kind | `left: ${string}`> = {
  meta: 'installation',
  users: 'users',
  tokens: 'tokens',
  withdrawn: 'withdrawn',
  subs: 'subs',
  follower_pages: 'edges',
  following_pages: 'edges',
  notify_follows: 'edges',
  recent_follows: 'edges',
  hides: 'hides',
  messages: 'messages',
  by_author: 'outboxes',
  message_counts: 'left: counted again when asked',
  outbox: 'jobs',
  dead_jobs: 'dead',
  deletions: 'deletions',
  likes: 'likes',
  likers: 'likes',
  replies: 'messages',
  boosts: 'messages',
  counts: 'likes',
  idempotency: 'keys',
  hot: 'hot',
  words: 'left: made anew from the messages',
  words_config: 'left: of the table words',
  words_data: 'left: of the table words',
  words_idx: 'left: of the table words',
  reports: 'reports',
  invites: 'invites',
  audit: 'audit',
  notifications: 'notifications',
  notifications_read: 'reads',
  media: 'media',
  activity_log: 'left: what nobody was told of within a second of the stop stays untold',
  push_subscriptions: 'pushes',
}

const cluster: Record<string, Kind | `left: ${string}`> = {
  users: 'users',
  handles: 'users',
  user_words: 'users',
  tokens: 'tokens',
  withdrawn: 'withdrawn',
  subs: 'subs',
  idem: 'keys',
  likes_msg: 'likes',
  likes_user: 'likes',
  like_counts: 'likes',
  replies: 'messages',
  reply_counts: 'messages',
  boosts_msg: 'messages',
  boost_counts: 'messages',
  boosts_user: 'messages',
  boosts_cleared: 'left: boosts of deleted messages are looked for anew',
  dirty: 'left: counts are counted anew',
  recounted: 'left: how far counts were counted again',
  hot: 'hot',
  hot_state: 'installation',
  nodes: 'left: processes',
  leads: 'left: processes',
  generations: 'left: every inbox counts as lost, so they are given anew',
  messages: 'messages',
  by_author: 'outboxes',
  author_months: 'outboxes',
  deletions: 'deletions',
  outbox: 'jobs',
  outbox_minutes: 'jobs',
  outbox_late: 'left: word between processes, of a day',
  dead_jobs: 'dead',
  sweep: 'installation',
  followers: 'edges',
  following: 'edges',
  notify_followers: 'edges',
  recent_follows: 'edges',
  follower_counts: 'edges',
  hides: 'hides',
  words: 'left: made anew from the messages',
  word_splits: 'left: of the table words',
  word_fills: 'left: how far words were made',
  reports: 'reports',
  invites: 'invites',
  audit: 'audit',
  notifications: 'notifications',
  notifications_read: 'reads',
  media: 'media',
  media_by_owner: 'media',
  activity: 'left: what nobody was told of within seconds of the stop stays untold',
  activity_done: 'left: how far activity was looked at',
  push_subscriptions: 'pushes',
  push_endpoints: 'pushes',
}

test('a copy knows every table of a data folder', () => {
  const db = new Database(':memory:')
  migrate(db)
  const query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
  const names = (db.query(query).values() as [string][]).map(([name]) => name)
  expect(names.toSorted()).toEqual(Object.keys(embedded).toSorted())
})

test('a copy knows every table of a keyspace', () => {
  const names = allTables.map((table) => /EXISTS ([a-z_]+)/.exec(table)![1]!)
  expect(names.toSorted()).toEqual(Object.keys(cluster).toSorted())
})

test('both sides have a table for every kind', () => {
  const rest = (tables: typeof cluster) => kinds.filter((kind) => !Object.values(tables).includes(kind))
  expect(rest(embedded)).toEqual([])
  expect(rest(cluster)).toEqual([])
})
