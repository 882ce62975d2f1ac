/** Reports, invitations and the audit log: what it takes to run a community. 0 stands for nobody. */
export const communitySchema = `
  CREATE TABLE reports (
    id INTEGER PRIMARY KEY, reporter INTEGER NOT NULL, user INTEGER NOT NULL, message INTEGER, reason TEXT NOT NULL,
    state TEXT NOT NULL, note TEXT NOT NULL, moderator INTEGER NOT NULL, changed_at INTEGER NOT NULL
  );
  CREATE INDEX reports_by_state ON reports (state, id);

  CREATE TABLE invites (
    id INTEGER PRIMARY KEY, secret TEXT NOT NULL, made_by INTEGER NOT NULL, expires_at INTEGER NOT NULL,
    used_by INTEGER NOT NULL, used_at INTEGER NOT NULL
  );

  CREATE TABLE audit (
    id INTEGER PRIMARY KEY, actor INTEGER NOT NULL, act TEXT NOT NULL, user INTEGER NOT NULL, subject INTEGER NOT NULL,
    note TEXT NOT NULL
  );
`

/** What reported messages said. */
export const reportsSchema = `
  ALTER TABLE reports ADD COLUMN text TEXT NOT NULL DEFAULT '';
`
