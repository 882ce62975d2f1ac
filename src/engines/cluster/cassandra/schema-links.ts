/**
 * The tables of replies and boosts. What a message answers or boosts stands in its body; these rows come and go with it.
 * Only ever append; a changed table is a new version (schema.ts).
 */
export const linkTables: readonly string[] = [
  // A row is a stored reply. shard: the day of the reply's id, so that replies are read in their order.
  'CREATE TABLE IF NOT EXISTS replies (msg_id bigint, shard int, id bigint, PRIMARY KEY ((msg_id, shard), id))',
  'CREATE TABLE IF NOT EXISTS reply_counts (msg_id bigint, shard int, n int, PRIMARY KEY (msg_id, shard))',
  // A row is a stored boost, by its own id: so none that is taken back hides the next one, whatever clocks say.
  'CREATE TABLE IF NOT EXISTS boosts_msg (msg_id bigint, shard int, id bigint, user_id bigint, PRIMARY KEY ((msg_id, shard), id))',
  'CREATE TABLE IF NOT EXISTS boost_counts (msg_id bigint, shard int, n int, PRIMARY KEY (msg_id, shard))',
  // By compare-and-set: a user's one boost of a message. bucket: of the message, as with likes_user.
  `CREATE TABLE IF NOT EXISTS boosts_user (
    user_id bigint, bucket int, msg_id bigint, id bigint, hot boolean, prev frozen<list<bigint>>, crossed boolean, done boolean,
    PRIMARY KEY ((user_id, bucket), msg_id)
  )`,
  // Up to which stamp boosts of deleted messages were deleted.
  'CREATE TABLE IF NOT EXISTS boosts_cleared (part int PRIMARY KEY, stamp bigint)',
]

/**
 * What version 2 has that the first had not, beside new tables: columns of tables that were there.
 */
export const linkColumns: readonly string[] = [
  'ALTER TABLE outbox ADD link text',
  'ALTER TABLE like_counts ADD boosts int static',
  'ALTER TABLE like_counts ADD replies int static',
]
