import { type MessageId, timeOf, type UserId } from '../core/ids.ts'
import { linkOf, mediaOf } from '../core/message.ts'
import { Refusal } from '../core/refusal.ts'
import type { ActivityLog } from '../ports/activity.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { Bodies } from './bodies.ts'
import type { IdSource } from './id-source.ts'
import type { TellResponses } from './responses.ts'
import type { Visibility } from './visibility.ts'

export const noSuchMessage = (field = 'id') =>
  new Refusal('no_such_message', 'There is no such message; it may have been deleted.', { field })

/**
 * Takes a message away, durably and everywhere; resolves to whether it was there. Its body is read where it is not given.
 * With `original`, the message is a boost of that, which is gone.
 */
export type RemoveMessage = (
  message: { readonly id: MessageId; readonly author: UserId; readonly body?: string },
  original?: MessageId,
) => Promise<boolean>

export function createRemoveMessage({
  messages,
  activity,
  bodies,
  bus,
  tellResponses,
  ids,
  clock,
  clocksApartMs,
  mediaGone,
}: {
  messages: Pick<MessageStore, 'many' | 'delete'>
  activity: Pick<ActivityLog, 'put'>
  bodies: Pick<Bodies, 'remove'>
  bus: Pick<Bus, 'publish'>
  tellResponses: TellResponses
  ids: Pick<IdSource, 'take' | 'settle'>
  clock: Clock
  /** By how much the clocks of processes that take ids may differ; 0 where there is but one. */
  clocksApartMs: number
  /** Told of the media that went with a message; resolves once nobody is given them any more. Never rejects. */
  mediaGone: (ids: readonly string[], message: MessageId) => Promise<void>
}): RemoveMessage {
  return async function removeMessage({ id, author, body: given }, original) {
    const body = given ?? (await messages.many([id]))[0]?.body
    if (body === undefined) return false
    // Ids are taken above the author's newest message. Once that is gone, a clock behind the one that dated it might give a
    // smaller id to the next, which would then seem older than a follow that it came after.
    const wait = clocksApartMs === 0 ? 0 : timeOf(id) + clocksApartMs + 1 - clock.now()
    if (wait > 0) await clock.sleep(wait)
    const stamp = await ids.take()
    const link = original === undefined ? linkOf(body) : undefined
    try {
      if (!(await messages.delete(id, author, stamp))) return false
    } catch (error) {
      // It may be gone all the same.
      if (link !== undefined) void tellResponses(link.message)
      throw error
    } finally {
      ids.settle(stamp)
    }
    bodies.remove(id)
    const media = mediaOf(body)
    if (media.length > 0) await mediaGone(media, id)
    bus.publish('all', { kind: 'deleted', id, author, stamp, ...(original !== undefined && { original }) })
    if (link === undefined) return true
    await tellResponses(link.message)
    if (link.kind === 'boost')
      await activity.put({ kind: 'boost', user: author, subject: link.message, at: clock.now() })
    return true
  }
}

/** Deletes one's own message, durably and everywhere. Throws `no_such_message`, `not_yours`. */
export type DeleteMessage = (user: UserId, id: MessageId) => Promise<void>

export function createDeleteMessage({
  messages,
  visibility,
  removeMessage,
}: {
  messages: Pick<MessageStore, 'many'>
  visibility: Pick<Visibility, 'mustSeeMessage'>
  removeMessage: RemoveMessage
}): DeleteMessage {
  return async function deleteMessage(user, id) {
    const [record] = await messages.many([id])
    if (record === undefined) throw noSuchMessage()
    if (record.author !== user) {
      await visibility.mustSeeMessage(user, id)
      throw new Refusal('not_yours', 'Only its author can delete a message.', { field: 'id' })
    }
    if (!(await removeMessage(record))) throw noSuchMessage()
  }
}
