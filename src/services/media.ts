import { type MessageId, timeOf, type UserId } from '../core/ids.ts'
import { mediaLateMs, mediaPerUserBytesMax, mediaPerUserMax } from '../core/limits.ts'
import { isMediaId, mediaObject } from '../core/media.ts'
import { Refusal } from '../core/refusal.ts'
import type { Media } from '../core/wire.ts'
import type { BlobBody, Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Idempotency } from '../ports/idempotency.ts'
import { asAvatar, type MediaRecord, type MediaStore, notThere, type Use, unused } from '../ports/media.ts'
import type { Prepare } from '../ports/prepare.ts'
import { type Bodies, isWhole } from './bodies.ts'
import { createMediaKeys } from './media-keys.ts'
import type { createWork } from './media-work.ts'

/** A file as it was received. */
export interface Received {
  /** In a folder of its own, where more may be put; whoever received it removes that. */
  readonly path: string
  readonly bytes: number
  /** What its owner calls it. */
  readonly name: string | undefined
  readonly description: string | undefined
}

export type MediaPart = 'whole' | 'preview'

export interface MediaService {
  /** What the key has made before. Throws `no_such_media` where that is gone. */
  madeBefore(owner: UserId, key: string | undefined): Promise<Media | undefined>
  /** Throws `media_quota` where the owner has no room for more. */
  mustHaveRoom(owner: UserId): Promise<void>
  /** Durable. The received file is not needed any more. Throws `invalid`, `overloaded`. */
  keep(owner: UserId, received: Received, key: string | undefined): Promise<Media>
  /** Whoever asks. Throws `no_such_media`, also for what nobody may see now. */
  find(id: string): Promise<MediaRecord>
  /** The bytes from `from` to before `to`. Throws `no_such_media`. */
  read(medium: MediaRecord, part: MediaPart, from: number, to: number): Promise<BlobBody>
  /** What a deleted message showed is given to nobody once it resolves, and its bytes go. Never rejects. */
  gone(ids: readonly string[], message: MessageId): Promise<void>
  /** Makes an unused picture of the user's theirs. Throws `invalid` with the field `avatar`. */
  claimAvatar(user: UserId, id: string): Promise<void>
  /** Takes away a medium that is used so; false where it is not. */
  drop(medium: Pick<MediaRecord, 'id' | 'owner'>, use: Use): Promise<boolean>
}

export function noSuchMedia(): Refusal {
  return new Refusal('no_such_media', 'There is no such upload, or not any more.', { field: 'id' })
}

export function createMedia({
  media: store,
  blobs,
  prepare,
  bodies,
  idempotency,
  withdrawn,
  takeId,
  clock,
  work,
  log,
}: {
  media: MediaStore
  blobs: Blobs
  prepare: Prepare
  bodies: Pick<Bodies, 'many'>
  idempotency: Pick<Idempotency, 'find' | 'claim' | 'finish'>
  withdrawn: (user: UserId) => boolean
  takeId: () => Promise<number>
  clock: Pick<Clock, 'now'>
  /** Does what is heavy in its turn. */
  work: ReturnType<typeof createWork>
  log: (problem: string, error: unknown) => void
}): MediaService {
  const keys = createMediaKeys({ idempotency, takeId, clock })

  /** Whether anybody may see it now. What a message shows is seen with it; one that is not stored yet has its uploader. */
  async function isSeen({ owner, use }: MediaRecord): Promise<boolean> {
    if (withdrawn(owner) || use === notThere) return false
    if (use === unused || use === asAvatar) return true
    const [body] = await bodies.many([use])
    return isWhole(body) || timeOf(use) + mediaLateMs > clock.now()
  }

  async function drop({ id, owner }: Pick<MediaRecord, 'id' | 'owner'>, use: Use): Promise<boolean> {
    if (use !== notThere && !(await store.pass(id, use, notThere))) return false
    await Promise.all([blobs.remove(id), blobs.remove(previewName(id))])
    await store.remove({ id, owner })
    return true
  }

  /** Row first, as not there: so no bytes are ever left that nobody knows of. */
  async function put(medium: MediaRecord, path: string, previewPath: string | undefined): Promise<void> {
    await store.add({ ...medium, use: notThere })
    await blobs.put(medium.id, path)
    if (previewPath !== undefined) await blobs.put(previewName(medium.id), previewPath)
    await store.pass(medium.id, notThere, unused)
  }

  return {
    async madeBefore(owner, key) {
      const found = await keys.find(owner, key)
      if (found === undefined) return undefined
      const medium = await store.one(found.id)
      if (medium !== undefined && medium.use !== notThere) return mediaObject(medium)
      if (found.done) throw noSuchMedia()
      return undefined
    },

    async mustHaveRoom(owner) {
      const { count, bytes } = await store.usage(owner)
      if (count < mediaPerUserMax && bytes < mediaPerUserBytesMax) return
      throw new Refusal('media_quota', 'You have no room for more: delete messages with uploads first.', {
        field: 'file',
      })
    },

    async keep(owner, { path, name, description }, key) {
      const prepared = await work(() => prepare(path))
      const id = await keys.idFor(owner, key)
      const before = key === undefined ? undefined : await store.one(id)
      if (before !== undefined && before.use !== notThere) return mediaObject(before)
      // Left by a try that died: nobody was told of it.
      if (before !== undefined) await store.remove(before)
      const { path: kept, previewPath, ...told } = prepared
      const named = prepared.type === 'file' ? name : undefined
      const medium = { ...told, id, owner, name: named, description, createdAt: clock.now(), use: notThere }
      await put(medium, kept, previewPath)
      await keys.done(owner, key)
      return mediaObject(medium)
    },

    async find(id) {
      const medium = isMediaId(id) ? await store.one(id) : undefined
      if (medium === undefined || !(await isSeen(medium))) throw noSuchMedia()
      return medium
    },

    async read({ id, previewBytes }, part, from, to) {
      const name = part === 'whole' ? id : previewBytes > 0 ? previewName(id) : undefined
      const body = name && (await blobs.read(name, from, to))
      if (!body) throw noSuchMedia()
      return body
    },

    async gone(ids, message) {
      const failed = (error: unknown) => log('an upload could not be deleted with its message', error)
      await Promise.all(
        ids.map(async (id) => {
          const medium = await store.one(id)
          if (medium === undefined || !(await store.pass(id, message, notThere))) return
          // Not waited for: nobody finds them any more.
          void drop(medium, notThere).catch(failed)
        }),
      ).catch(failed)
    },

    async claimAvatar(user, id) {
      const refuse = (detail: string) => new Refusal('invalid', `\`avatar\` ${detail}.`, { field: 'avatar' })
      const medium = await store.one(id)
      if (medium === undefined || medium.owner !== user || medium.use === notThere) {
        throw refuse('must be the id of something that you uploaded')
      }
      if (medium.type !== 'image') throw refuse(`must be a picture, not of the type ${medium.type}`)
      if (medium.use === unused && (await store.pass(id, unused, asAvatar))) return
      // It may be that already, or by another change at the same time.
      if ((await store.one(id))?.use !== asAvatar) throw refuse('belongs to a message: upload it again')
    },

    drop,
  }
}

export const previewName = (id: string): string => `${id}.preview`
