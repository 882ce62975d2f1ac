/**
 * The tables of users, keys, likes, the hot log and the processes. Only ever append; a changed table is a new version
 * (schema.ts). Rows that compare-and-set writes are never written otherwise: the two take their timestamps from different
 * clocks.
 */
export const baseTables: readonly string[] = [
  // `searchable`: its rows in `user_words` are there.
  `CREATE TABLE IF NOT EXISTS users (
    user_id bigint PRIMARY KEY, handle text, name text, bio text, role text, password_hash text, searchable boolean,
    avatar text
  )`,
  'CREATE TABLE IF NOT EXISTS handles (handle text PRIMARY KEY, user_id bigint)',
  // What users are searched by. kind: 'h' handle, 'n' name. word: folded. first: its first character.
  `CREATE TABLE IF NOT EXISTS user_words (
    kind text, first text, shard int, word text, handle text, user_id bigint,
    PRIMARY KEY ((kind, first, shard), word, handle)
  )`,
  // digest: SHA-256 of the token, in hex.
  'CREATE TABLE IF NOT EXISTS tokens (digest text PRIMARY KEY, user_id bigint, created_at bigint, device text)',
  // By compare-and-set: who is hidden from everybody, and why.
  `CREATE TABLE IF NOT EXISTS withdrawn (
    part int, user_id bigint, why text, at bigint,
    PRIMARY KEY (part, user_id, why)
  )`,

  // By compare-and-set, all but `finished_id` (idempotency.ts). Rows end by their time to live.
  `CREATE TABLE IF NOT EXISTS idem (
    author bigint, key text, msg_id bigint, mode text, prev list<bigint>, crossed boolean, done boolean,
    claimed_at bigint, finished_id bigint,
    PRIMARY KEY ((author, key))
  )`,

  // Likes: a row in likes_msg is a like. likes_user remembers likes that were taken back, for their time of writing.
  'CREATE TABLE IF NOT EXISTS likes_msg (msg_id bigint, shard int, user_id bigint, PRIMARY KEY ((msg_id, shard), user_id))',
  `CREATE TABLE IF NOT EXISTS likes_user (
    user_id bigint, bucket int, msg_id bigint, liked boolean,
    PRIMARY KEY ((user_id, bucket), msg_id)
  )`,
  // boosts, replies: all of the message's, so that one read tells its counts.
  `CREATE TABLE IF NOT EXISTS like_counts (
    msg_id bigint, shard int, n int, boosts int static, replies int static,
    PRIMARY KEY (msg_id, shard)
  )`,
  // What is to be counted again, in order of marking, and how far the recounter has come. Rows end by their time to live.
  `CREATE TABLE IF NOT EXISTS dirty (
    minute int, part int, at bigint, kind text, id bigint, shard int,
    PRIMARY KEY ((minute, part), at, kind, id, shard)
  )`,
  'CREATE TABLE IF NOT EXISTS recounted (part int PRIMARY KEY, up_to bigint)',

  // By compare-and-set. The hot log: positions without a gap, `hotBucketRows` a partition.
  `CREATE TABLE IF NOT EXISTS hot (
    bucket int, seq bigint, msg_id bigint, author bigint, crossed boolean,
    PRIMARY KEY (bucket, seq)
  )`,
  // name: 'bucket' (the newest one begun), 'forgotten' (the largest id forgotten).
  'CREATE TABLE IF NOT EXISTS hot_state (name text PRIMARY KEY, value bigint)',

  // By compare-and-set: the leases of node numbers, and of tasks that one process does for all.
  `CREATE TABLE IF NOT EXISTS nodes (
    id int PRIMARY KEY, holder text, address text, roles text, lease_end bigint, lowest_in_flight bigint
  )`,
  'CREATE TABLE IF NOT EXISTS leads (task text PRIMARY KEY, holder text, lease_end bigint)',
  // By compare-and-set: the numbers of the inboxes' shards, all in one partition.
  'CREATE TABLE IF NOT EXISTS generations (part int, shard int, n bigint, PRIMARY KEY (part, shard))',

  // By compare-and-set: who the users of a host product are. name: the host's for them, since named_at (Unix seconds). made:
  // the user was there, and is not made once more when they are gone.
  'CREATE TABLE IF NOT EXISTS subs (sub text PRIMARY KEY, user_id bigint, name text, named_at bigint, made boolean)',
]
