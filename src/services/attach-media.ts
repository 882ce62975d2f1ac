import { type MessageId, timeOf, type UserId } from '../core/ids.ts'
import { mediaLateMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import { asAvatar, type MediaRecord, type MediaStore, notThere, unused } from '../ports/media.ts'
import type { MessageStore } from '../ports/messages.ts'

/** Gives uploads to the message that shows them. */
export interface AttachMedia {
  /** What the author uploaded under these ids, in their order. Throws `invalid` with the field, `media[0]` and on. */
  read(author: UserId, ids: readonly string[]): Promise<MediaRecord[]>
  /**
   * Durable: each is this message's, before that is stored. Repeated, it changes nothing. Throws `invalid` where one is
   * another's, `unavailable` where that cannot be told yet; then none is this message's.
   */
  attach(media: readonly MediaRecord[], message: MessageId): Promise<void>
}

export function createAttachMedia({
  media: store,
  messages,
  clock,
}: {
  media: Pick<MediaStore, 'one' | 'pass'>
  messages: Pick<MessageStore, 'many'>
  clock: Pick<Clock, 'now'>
}): AttachMedia {
  const field = (i: number) => ({ field: `media[${i}]` })

  /**
   * What another message was to show is free again when that was never stored, as it can no more be. The store may know a
   * message that was deleted a moment ago as absent too: then whoever takes its media away is too late, which harms nobody.
   */
  async function isFree({ use }: MediaRecord, i: number): Promise<boolean> {
    if (use <= notThere) return use === unused
    const [stored] = await messages.many([use])
    if (stored !== undefined) return false
    if (timeOf(use) + mediaLateMs < clock.now()) return true
    throw new Refusal('unavailable', `Another message with \`media[${i}]\` is under way: try again in some seconds.`, {
      ...field(i),
      retryAfterSeconds: Math.ceil((timeOf(use) + mediaLateMs - clock.now()) / 1_000),
    })
  }

  /** Resolves to whether it is this call that gave it to the message. */
  async function attachOne({ id }: MediaRecord, i: number, message: MessageId): Promise<boolean> {
    const found = await store.one(id)
    if (found?.use === message) return false
    if (found !== undefined && (await isFree(found, i)) && (await store.pass(id, found.use, message))) return true
    const now = await store.one(id)
    // Another try with the same Idempotency-Key was quicker.
    if (now?.use === message) return false
    const used = now?.use === asAvatar ? 'is your picture' : 'belongs to another message, or is gone'
    throw new Refusal('invalid', `\`media[${i}]\` ${used}: upload it again.`, field(i))
  }

  return {
    async read(author, ids) {
      const found = await Promise.all(ids.map((id) => store.one(id)))
      return found.map((medium, i) => {
        if (medium === undefined || medium.owner !== author || medium.use === notThere) {
          throw new Refusal('invalid', `\`media[${i}]\` must be the id of something that you uploaded.`, field(i))
        }
        if (ids.indexOf(medium.id) !== i) {
          throw new Refusal('invalid', `\`media[${i}]\` stands there twice: name it once.`, field(i))
        }
        return medium
      })
    },

    async attach(media, message) {
      const given: MediaRecord[] = []
      try {
        for (const [i, medium] of media.entries()) if (await attachOne(medium, i, message)) given.push(medium)
      } catch (error) {
        // What another try has given stays with it.
        for (const { id } of given) await store.pass(id, message, unused).catch(() => {})
        throw error
      }
    },
  }
}
