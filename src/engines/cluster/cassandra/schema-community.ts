/**
 * Reports, invitations and the audit log. Only ever append; a changed table is a new version (schema.ts). All
 * by compare-and-set: people act by hand, so it costs nobody anything. 0 stands for nobody. bucket: about a month, by id.
 */
export const communityTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS reports (
    bucket int, id bigint, reporter bigint, user_id bigint, msg_id bigint, body text, reason text, state text,
    note text, moderator bigint, changed_at bigint,
    PRIMARY KEY (bucket, id)
  ) WITH CLUSTERING ORDER BY (id DESC)`,
  // Rows end by their time to live.
  `CREATE TABLE IF NOT EXISTS invites (
    id bigint PRIMARY KEY, secret text, made_by bigint, expires_at bigint, used_by bigint, used_at bigint
  )`,
  `CREATE TABLE IF NOT EXISTS audit (
    bucket int, id bigint, actor bigint, act text, user_id bigint, subject bigint, note text,
    PRIMARY KEY (bucket, id)
  ) WITH CLUSTERING ORDER BY (id DESC)`,
]
