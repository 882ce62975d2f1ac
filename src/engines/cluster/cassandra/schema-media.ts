/**
 * Uploads. Only ever append; a changed table is a new version (schema.ts). `media` by compare-and-set: a medium is made,
 * used and removed by one call each. `media_by_owner`: what users have, written before and removed after.
 */
export const mediaTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS media (
    id text PRIMARY KEY, owner bigint, type text, content_type text, name text, bytes bigint, preview_bytes bigint,
    width int, height int, duration double, blurhash text, description text, created_at bigint, used_for bigint
  )`,
  `CREATE TABLE IF NOT EXISTS media_by_owner (
    owner bigint, id text, bytes bigint,
    PRIMARY KEY (owner, id)
  )`,
]

/** Of users: a medium's id; absent or empty for none. */
export const mediaColumns: readonly string[] = ['ALTER TABLE users ADD IF NOT EXISTS avatar text']
