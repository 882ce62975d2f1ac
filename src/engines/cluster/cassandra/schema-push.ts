/**
 * Subscriptions to Web Push. Only ever append; a changed table is a new version (schema.ts). All by
 * compare-and-set: people subscribe by hand, so it costs nobody anything.
 */
export const pushTables: readonly string[] = [
  // digest: SHA-256 of the token that made it, in hex. types: a bit each, by place in core/notification-types.ts.
  `CREATE TABLE IF NOT EXISTS push_subscriptions (
    user_id bigint, digest text, signed boolean, endpoint text, p256dh text, auth text, types int, at bigint,
    PRIMARY KEY (user_id, digest)
  )`,
  // Who registered an endpoint last, as digest of their token: rows of others that name it do not count.
  'CREATE TABLE IF NOT EXISTS push_endpoints (endpoint text PRIMARY KEY, digest text, user_id bigint)',
]
