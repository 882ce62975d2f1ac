/**
 * Replies and boosts. What a message answers or boosts stands in its body; these rows come and go with it, in one commit.
 * All that people have made of a message is counted in one row.
 */
export const linksSchema = `
  CREATE TABLE replies (message INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (message, id)) WITHOUT ROWID;

  -- A user's one boost of a message, fixed before it is stored (boosts.ts). done: its message is stored.
  CREATE TABLE boosts (
    message INTEGER NOT NULL, user INTEGER NOT NULL,
    id INTEGER NOT NULL, flags INTEGER NOT NULL, prev, done INTEGER NOT NULL,
    PRIMARY KEY (message, user)
  ) WITHOUT ROWID;
  CREATE INDEX boosts_undone ON boosts (id) WHERE done = 0;

  ALTER TABLE like_counts RENAME TO counts;
  ALTER TABLE counts RENAME COLUMN count TO likes;
  ALTER TABLE counts ADD COLUMN boosts INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE counts ADD COLUMN replies INTEGER NOT NULL DEFAULT 0;
`
