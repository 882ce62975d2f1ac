import type { Database } from 'bun:sqlite'
import { activitySchema } from './activity.ts'
import { blocksSchema } from './blocks.ts'
import { communitySchema, reportsSchema } from './community-schema.ts'
import { graphSchema } from './graph-schema.ts'
import { hostUsersSchema } from './host-users.ts'
import { linksSchema } from './links-schema.ts'
import { mediaSchema } from './media-schema.ts'
import { addNameKeys } from './name-keys.ts'
import { notificationsSchema } from './notifications-schema.ts'
import { pushSchema } from './push.ts'
import { searchSchema } from './search-schema.ts'
import { withdrawnSchema } from './withdrawn.ts'

/**
 * The tables of an installation. User numbers (`users.number`) are dense from 1 and never given twice: rows of users are
 * not deleted, only emptied. Message and user ids are 53-bit integers.
 */
const version1 = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

  CREATE TABLE users (
    number INTEGER PRIMARY KEY,
    id INTEGER NOT NULL UNIQUE,
    handle TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    bio TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT,
    followers INTEGER NOT NULL DEFAULT 0,
    following INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX users_by_name ON users (name COLLATE NOCASE, handle);

  -- token: the 32 bytes of the SHA-256.
  CREATE TABLE tokens (token BLOB PRIMARY KEY, user INTEGER NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE messages (id INTEGER PRIMARY KEY, author INTEGER NOT NULL, body TEXT NOT NULL);

  -- The outboxes, up to meta.indexed_to (author-index.ts). mode: 0 pushed, 1 hot. prev: NULL, one id, or several as text with commas.
  CREATE TABLE by_author (
    author INTEGER NOT NULL, id INTEGER NOT NULL, mode INTEGER NOT NULL, prev,
    PRIMARY KEY (author, id)
  ) WITHOUT ROWID;

  -- How many messages an author has with an id of at most up_to. Only for long outboxes, so that counting stays short.
  CREATE TABLE message_counts (author INTEGER PRIMARY KEY, up_to INTEGER NOT NULL, count INTEGER NOT NULL);

  -- One row for every message, kept for the newest of them also when done: read backward, they are all that the list of
  -- recent messages needs, forty bytes a message. flags: outboxFlags in codes.ts. Whoever adds messages adds these rows.
  CREATE TABLE outbox (id INTEGER PRIMARY KEY, author INTEGER NOT NULL, flags INTEGER NOT NULL, prev, next_page TEXT);
  CREATE TABLE dead_jobs (id INTEGER PRIMARY KEY, why TEXT NOT NULL);

  CREATE TABLE deletions (stamp INTEGER PRIMARY KEY, id INTEGER NOT NULL, author INTEGER NOT NULL);

  CREATE TABLE likes (user INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (user, message)) WITHOUT ROWID;
  CREATE TABLE likers (message INTEGER NOT NULL, user INTEGER NOT NULL, PRIMARY KEY (message, user)) WITHOUT ROWID;
  CREATE TABLE like_counts (message INTEGER PRIMARY KEY, count INTEGER NOT NULL);

  CREATE TABLE idempotency (
    user INTEGER NOT NULL, key TEXT NOT NULL, claimed_at INTEGER NOT NULL,
    id INTEGER NOT NULL, flags INTEGER NOT NULL, prev, done INTEGER NOT NULL,
    PRIMARY KEY (user, key)
  ) WITHOUT ROWID;
  CREATE INDEX idempotency_by_age ON idempotency (claimed_at, id);

  -- Positions are never given twice, also when every entry was forgotten.
  CREATE TABLE hot (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id INTEGER NOT NULL UNIQUE, author INTEGER NOT NULL, crossed INTEGER NOT NULL
  );
`

/** Accounts that go: the number of a user who is `gone` is never given again. */
const version2 = `
  ALTER TABLE users ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX tokens_by_user ON tokens (user);
`

/** What people are told of their sessions. */
const deviceColumn = 'ALTER TABLE tokens ADD COLUMN device TEXT;'

type Migration = string | ((db: Database) => void)

/** Migration i leads from version i to i + 1. Only ever append. */
export const migrations: readonly Migration[] = [
  version1 + graphSchema,
  blocksSchema + withdrawnSchema + version2 + hostUsersSchema + linksSchema + communitySchema + notificationsSchema,
  searchSchema,
  activitySchema + reportsSchema,
  deviceColumn,
  mediaSchema,
  pushSchema,
  addNameKeys,
]

export const schemaVersion = migrations.length

/** The data was written by a newer program. The message is one sentence for the person who started this one. */
export class SchemaTooNew extends Error {
  constructor(found: number, known: number) {
    super(
      `The data folder was written by a newer Rookery (schema ${found}, this one knows ${known}): start that version.`,
    )
    this.name = 'SchemaTooNew'
  }
}

/**
 * Brings the database to this program's schema, each step in a transaction of its own; an empty file is version 0.
 * @throws SchemaTooNew
 */
export function migrate(db: Database, steps: readonly Migration[] = migrations): void {
  const { user_version: found } = db.query('PRAGMA user_version').get() as { user_version: number }
  if (found > steps.length) throw new SchemaTooNew(found, steps.length)
  for (let version = found; version < steps.length; version++) {
    db.transaction(() => {
      const step = steps[version]!
      if (typeof step === 'string') db.run(step)
      else step(db)
      db.run(`PRAGMA user_version = ${version + 1}`)
    }).immediate()
  }
}
