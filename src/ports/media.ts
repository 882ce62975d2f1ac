import type { Id, UserId } from '../core/ids.ts'
import type { Medium } from '../core/media.ts'

/** What a medium is used for: `unused`, `asAvatar`, `notThere`, or else the id of the message that shows it. */
export type Use = Id
export const unused: Use = 0
/** Its owner's picture. */
export const asAvatar: Use = 1
/** Being stored, or being taken away: as if absent, but for whoever takes away what a crash left. */
export const notThere: Use = 2

export interface MediaRecord extends Medium {
  /** Told by its content, never by its name. */
  readonly contentType: string
  /** What a download is called; undefined for all but files. */
  readonly name: string | undefined
  /** Unix ms. */
  readonly createdAt: number
  readonly use: Use
}

export interface MediaPage {
  readonly media: readonly MediaRecord[]
  /** The token of the next page; undefined after the last one. */
  readonly next: string | undefined
}

/** What is known of uploads: truth. Their bytes stand in `Blobs`, under the same ids. */
export interface MediaStore {
  /** [UP1] Durable. Adding the same id again changes nothing. */
  add(medium: MediaRecord): Promise<void>
  one(id: string): Promise<MediaRecord | undefined>
  /** [UP2] Durable, one compare-and-set of `use`; false where it is not `from`, or the medium is gone. */
  pass(id: string, from: Use, to: Use): Promise<boolean>
  /** [UP3] Durable: the row is gone, where its use is `notThere`. */
  remove(medium: Pick<MediaRecord, 'id' | 'owner'>): Promise<void>
  /** [UP4] What a user has uploaded and still has, bytes of previews included. */
  usage(owner: UserId): Promise<{ count: number; bytes: number }>
  /** [UP5] Every medium of the user stands on exactly one page, in the engine's order. At most `limit` (1,000). */
  ofOwner(owner: UserId, page: string | undefined, limit: number): Promise<MediaPage>
  /** [UP6] The same of all media. */
  list(page: string | undefined, limit: number): Promise<MediaPage>
}
