import type { Database } from 'bun:sqlite'
import { type MediaRecord, type MediaStore, notThere } from '../../ports/media.ts'
import type { EmbeddedDatabase } from './database.ts'

export const mediaColumns =
  'id, owner, type, content_type, name, bytes, preview_bytes, width, height, duration, blurhash, description, created_at, use'

export type MediaRow = [
  id: string,
  owner: number,
  type: MediaRecord['type'],
  contentType: string,
  name: string | null,
  bytes: number,
  previewBytes: number,
  width: number | null,
  height: number | null,
  duration: number | null,
  blurhash: string | null,
  description: string | null,
  createdAt: number,
  use: number,
]

export function mediaCells(medium: MediaRecord): MediaRow {
  const { id, owner, type, contentType, name, bytes, previewBytes, width, height, duration, blurhash } = medium
  const { description, createdAt, use } = medium
  return [
    id,
    owner,
    type,
    contentType,
    name ?? null,
    bytes,
    previewBytes,
    width ?? null,
    height ?? null,
    duration ?? null,
    blurhash ?? null,
    description ?? null,
    createdAt,
    use,
  ]
}

export function mediumOf(...row: MediaRow): MediaRecord {
  const [id, owner, type, contentType, name, bytes, previewBytes, width, height, duration, blurhash, description] = row
  return {
    id,
    owner,
    type,
    contentType,
    name: name ?? undefined,
    bytes,
    previewBytes,
    width: width ?? undefined,
    height: height ?? undefined,
    duration: duration ?? undefined,
    blurhash: blurhash ?? undefined,
    description: description ?? undefined,
    createdAt: row[12],
    use: row[13],
  }
}

/** The writer's operations on media. */
export function mediaOps(db: Database) {
  const places = mediaColumns.replaceAll(/\w+/g, '?')
  const insert = db.query(`INSERT OR IGNORE INTO media (${mediaColumns}) VALUES (${places})`)
  const pass = db.query('UPDATE media SET use = ? WHERE id = ? AND use = ?')
  const remove = db.query('DELETE FROM media WHERE id = ? AND use = ?')
  return {
    addMedium(...cells: MediaRow): void {
      insert.run(...cells)
    },
    passMedium(id: string, from: number, to: number): boolean {
      return pass.run(to, id, from).changes > 0
    },
    removeMedium(id: string): void {
      remove.run(id, notThere)
    },
  }
}

export function createEmbeddedMedia({ reader, writer }: EmbeddedDatabase): MediaStore {
  const one = reader.query(`SELECT ${mediaColumns} FROM media WHERE id = ?`)
  const usage = reader.query('SELECT count(*), coalesce(sum(bytes + preview_bytes), 0) FROM media WHERE owner = ?')
  const owned = reader.query(`SELECT ${mediaColumns} FROM media WHERE owner = ? AND id > ? ORDER BY id LIMIT ?`)
  const all = reader.query(`SELECT ${mediaColumns} FROM media WHERE id > ? ORDER BY id LIMIT ?`)

  function page(rows: MediaRow[], limit: number) {
    const media = rows.map((row) => mediumOf(...row))
    return { media, next: rows.length < limit ? undefined : media.at(-1)!.id }
  }

  return {
    add: (medium) => writer.write('addMedium', ...mediaCells(medium)),
    async one(id) {
      const [row] = one.values(id) as MediaRow[]
      return row && mediumOf(...row)
    },
    pass: (id, from, to) => writer.write('passMedium', id, from, to),
    remove: ({ id }) => writer.write('removeMedium', id),
    async usage(owner) {
      const [[count, bytes]] = usage.values(owner) as [[number, number]]
      return { count, bytes }
    },
    async ofOwner(owner, after = '', limit) {
      return page(owned.values(owner, after, limit) as MediaRow[], limit)
    },
    async list(after = '', limit) {
      return page(all.values(after, limit) as MediaRow[], limit)
    },
  }
}
