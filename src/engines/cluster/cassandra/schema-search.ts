/** The index of words. Only ever append; a changed table is a new version. */
export const searchTables: readonly string[] = [
  // The tree of time (search-tree.ts): a partition a node, `searchShards` of the shortest ones.
  `CREATE TABLE IF NOT EXISTS words (
    level tinyint, bucket bigint, shard tinyint, word text, id bigint,
    PRIMARY KEY ((level, bucket, shard), word, id)
  ) WITH CLUSTERING ORDER BY (word ASC, id DESC)`,
  'CREATE TABLE IF NOT EXISTS word_splits (level tinyint, parent bigint, bucket bigint, PRIMARY KEY ((level, parent), bucket))',
  // How far the messages of before there was an index have been added, by range of tokens.
  'CREATE TABLE IF NOT EXISTS word_fills (range int PRIMARY KEY, page text, done boolean)',
]
