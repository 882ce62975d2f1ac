/** The tables of messages, outbox rows and follow edges. Only ever append; a changed table is a new version. */
export const roadTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS messages (
    id bigint PRIMARY KEY, author bigint, body text
  )`,
  // An outbox: one partition a month, at most some 10,000 rows of a busy author. `prev` is absent where there is none.
  `CREATE TABLE IF NOT EXISTS by_author (
    author bigint, month int, id bigint, hot boolean, prev frozen<list<bigint>>,
    PRIMARY KEY ((author, month), id)
  ) WITH CLUSTERING ORDER BY (id DESC)`,
  'CREATE TABLE IF NOT EXISTS author_months (author bigint, month int, PRIMARY KEY (author, month))',
  // `told` comes last: until then the deletion may be under way, or left by a process that died (deletions.ts).
  `CREATE TABLE IF NOT EXISTS deletions (
    part int, stamp bigint, id bigint, author bigint, told boolean,
    PRIMARY KEY (part, stamp)
  ) WITH default_time_to_live = 864000`,
  // `link`: what the message answers or boosts, for who takes back one that was never stored. `state` is absent while undone; `gone`: the message was deleted or abandoned. The sweeper removes whole partitions once all in them is done for two days.
  `CREATE TABLE IF NOT EXISTS outbox (
    minute int, shard tinyint, id bigint, author bigint, hot boolean, crossed boolean, prev frozen<list<bigint>>,
    next_page text, state tinyint, gone boolean, link text,
    PRIMARY KEY ((minute, shard), id)
  )`,
  // The minutes in which there are outbox rows: written before the first row of each.
  'CREATE TABLE IF NOT EXISTS outbox_minutes (day int, minute int, PRIMARY KEY (day, minute))',
  // Rows that appeared long after their id, by when they did (outbox-feed.ts).
  `CREATE TABLE IF NOT EXISTS outbox_late (
    minute int, at bigint, id bigint, author bigint,
    PRIMARY KEY (minute, at, id)
  ) WITH default_time_to_live = 86400`,
  'CREATE TABLE IF NOT EXISTS dead_jobs (part int, id bigint, why text, PRIMARY KEY (part, id))',
  'CREATE TABLE IF NOT EXISTS sweep (shard int PRIMARY KEY, watermark bigint, trimmed int)',
  // `top` (the level that new edges go to) and `counted` (whether counts are kept) stand at level 0, shard 0 alone.
  `CREATE TABLE IF NOT EXISTS followers (
    followee bigint, level tinyint, shard int, top tinyint static, counted boolean static, notified boolean static,
    s tinyint, follower bigint, since bigint, notify boolean,
    PRIMARY KEY ((followee, level, shard), s, follower)
  )`,
  // `level` −1: unfollowed a short while ago. `hides`: there may be rows in `hides` of this user; it stands alone where nobody is followed.
  `CREATE TABLE IF NOT EXISTS following (
    follower bigint, followee bigint, hides boolean static, level tinyint, since bigint, notify boolean,
    PRIMARY KEY (follower, followee)
  )`,
  `CREATE TABLE IF NOT EXISTS notify_followers (
    followee bigint, shard tinyint, follower bigint,
    PRIMARY KEY ((followee, shard), follower)
  )`,
  'CREATE TABLE IF NOT EXISTS recent_follows (follower bigint, followee bigint, since bigint, PRIMARY KEY (follower, followee))',
  // Whom a user does not see, and why (blocks.ts). A partition is as large as those are many who block its user, 40 B each.
  `CREATE TABLE IF NOT EXISTS hides (
    user_id bigint, kind tinyint, other bigint, hidden boolean,
    PRIMARY KEY (user_id, kind, other)
  )`,
  // `shard`: those of all levels, numbered on.
  'CREATE TABLE IF NOT EXISTS follower_counts (followee bigint, shard int, n int, PRIMARY KEY (followee, shard))',
]
