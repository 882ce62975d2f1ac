/** Uploads, and the picture of each user: a medium's id, empty for none. use: as ports/media.ts has it. */
export const mediaSchema = `
  CREATE TABLE media (
    id TEXT PRIMARY KEY, owner INTEGER NOT NULL, type TEXT NOT NULL, content_type TEXT NOT NULL, name TEXT,
    bytes INTEGER NOT NULL, preview_bytes INTEGER NOT NULL, width INTEGER, height INTEGER, duration REAL, blurhash TEXT,
    description TEXT, created_at INTEGER NOT NULL, use INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX media_by_owner ON media (owner, id, bytes, preview_bytes, use);
  CREATE INDEX media_by_message ON media (use) WHERE use > 2;

  ALTER TABLE users ADD COLUMN avatar TEXT NOT NULL DEFAULT '';
`
