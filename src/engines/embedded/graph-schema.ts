/**
 * The tables of the follow graph. An edge stands in both page tables (graph-pages.ts says how); what few edges have stands
 * in small tables of its own. All users are numbers, `users.number`.
 */
export const graphSchema = `
  CREATE TABLE follower_pages (key INTEGER PRIMARY KEY, members BLOB NOT NULL);
  CREATE TABLE following_pages (key INTEGER PRIMARY KEY, members BLOB NOT NULL);

  -- Edges with \`notify\`.
  CREATE TABLE notify_follows (
    followee INTEGER NOT NULL, reader INTEGER NOT NULL,
    PRIMARY KEY (followee, reader)
  ) WITHOUT ROWID;

  -- Edges made lately: nothing of the followee below \`since\`, an id, is an arrival for the reader.
  CREATE TABLE recent_follows (
    reader INTEGER NOT NULL, followee INTEGER NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (reader, followee)
  ) WITHOUT ROWID;
  CREATE INDEX recent_follows_by_age ON recent_follows (since);
`
