import type { UserId } from '../../../core/ids.ts'
import { idsPerRead } from '../../../core/limits.ts'
import { type MediaRecord, type MediaStore, notThere, type Use } from '../../../ports/media.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, statement } from './client.ts'
import { once } from './users.ts'

export interface MediaRow {
  id: string
  owner: UserId | undefined
  type: MediaRecord['type']
  content_type: string
  name: string | undefined
  bytes: number
  preview_bytes: number
  width: number | undefined
  height: number | undefined
  duration: number | undefined
  blurhash: string | undefined
  description: string | undefined
  created_at: number
  used_for: Use
}
type Used = Pick<MediaRow, 'used_for'>
type Owned = { id: string; bytes: number }

export const mediaColumns =
  'id, owner, type, content_type, name, bytes, preview_bytes, width, height, duration, blurhash, description, created_at, used_for'
const find = statement<MediaRow>(`SELECT ${mediaColumns} FROM media WHERE id = ?`)
const some = statement<MediaRow>(`SELECT ${mediaColumns} FROM media WHERE id IN ?`)
const all = statement<MediaRow>(`SELECT ${mediaColumns} FROM media`)
const insert = statement<MediaRow>(
  `INSERT INTO media (${mediaColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
)
const useOf = statement<Used>('SELECT used_for FROM media WHERE id = ?')
const setUse = statement<Used>('UPDATE media SET used_for = ? WHERE id = ? IF used_for = ?')
const remove = statement<Used>('DELETE FROM media WHERE id = ? IF used_for = ?')

const insertOwned = statement('INSERT INTO media_by_owner (owner, id, bytes) VALUES (?, ?, ?) USING TIMESTAMP ?')
const removeOwned = statement('DELETE FROM media_by_owner WHERE owner = ? AND id = ?')
const owned = statement<Owned>('SELECT id, bytes FROM media_by_owner WHERE owner = ?')

function mediumOf(row: MediaRow): MediaRecord {
  const { content_type: contentType, preview_bytes: previewBytes, created_at: createdAt, used_for: use, ...rest } = row
  return { ...rest, owner: rest.owner!, contentType, previewBytes, createdAt, use }
}

/** Adds a medium that is not there yet. */
export async function addMedium(db: Cassandra, medium: MediaRecord): Promise<void> {
  const { id, owner, type, contentType, name = null, bytes, previewBytes, width = null, height = null } = medium
  const { duration = null, blurhash = null, description = null, createdAt, use } = medium
  await db.write(insertOwned, [owner, id, bytes + previewBytes, once])
  const shape = [width, height, duration, blurhash, description]
  await db.lwt(insert, [id, owner, type, contentType, name, bytes, previewBytes, ...shape, createdAt, use], {
    read: find,
    values: [id],
    mine: (row) => row !== undefined,
  })
}

/** A row without an owner is half gone. */
export const wholeMedia = (rows: readonly MediaRow[]) => rows.filter(({ owner }) => owner !== undefined).map(mediumOf)

export function createCassandraMedia({ db }: { db: Cassandra }): MediaStore {
  return {
    add: (medium) => addMedium(db, medium),
    async one(id) {
      const row = await db.one(find, [id], 'serial')
      return row && wholeMedia([row])[0]
    },
    async pass(id, from, to) {
      const passed = await db.lwt(setUse, [to, id, from], {
        read: useOf,
        values: [id],
        mine: (row) => row?.used_for === to,
      })
      return passed.applied
    },
    async remove({ id, owner }) {
      const removed = await db.lwt(remove, [id, notThere], {
        read: useOf,
        values: [id],
        mine: (row) => row === undefined,
      })
      if (removed.applied || removed.row?.used_for === undefined) await db.write(removeOwned, [owner, id])
    },
    async usage(owner) {
      const rows = await db.read(owned, [owner])
      return { count: rows.length, bytes: rows.reduce((sum, row) => sum + row.bytes, 0) }
    },
    async ofOwner(owner, page, limit) {
      const found = await db.page(owned, [owner], limit, page)
      const reads = chunks(found.rows, idsPerRead).map((part) => db.read(some, [part.map(({ id }) => id)]))
      return { media: wholeMedia((await Promise.all(reads)).flat()), next: found.next }
    },
    async list(page, limit) {
      const { rows, next } = await db.page(all, [], limit, page)
      return { media: wholeMedia(rows), next }
    },
  }
}
