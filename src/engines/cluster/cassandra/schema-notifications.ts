/** The tables of notifications. Only ever append; a changed table is a new version (schema.ts). */
export const notificationTables: readonly string[] = [
  // A reader's, at most some more than are kept. In place: what many like changes one row. type: its place in
  // core/notification-types.ts. What was taken away in excess may come back and is taken away again, so graves go early.
  `CREATE TABLE IF NOT EXISTS notifications (
    user_id bigint, type tinyint, subject bigint, id bigint, actor bigint, at bigint,
    PRIMARY KEY (user_id, type, subject)
  ) WITH CLUSTERING ORDER BY (type ASC, subject DESC) AND gc_grace_seconds = 3600`,
  'CREATE TABLE IF NOT EXISTS notifications_read (user_id bigint PRIMARY KEY, up_to bigint)',
  // What is to be looked at, in order of writing, and how far that has come. Rows end by their time to live.
  `CREATE TABLE IF NOT EXISTS activity (
    minute int, part int, logged bigint, kind tinyint, user_id bigint, subject bigint, at bigint, page text,
    PRIMARY KEY ((minute, part), logged, kind, user_id, subject)
  )`,
  'CREATE TABLE IF NOT EXISTS activity_done (part int PRIMARY KEY, up_to bigint)',
]

/** What version 3 has beside new tables. */
export const notificationColumns: readonly string[] = ['ALTER TABLE followers ADD notified boolean static']
