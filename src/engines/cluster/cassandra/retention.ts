import { type Id, type MessageId, timeOf, type UserId } from '../../../core/ids.ts'
import { copyScanRows, expiredAtOnce } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Retention } from '../../../ports/retention.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, statement } from './client.ts'
import { bucketOf } from './likes.ts'
import { monthOf } from './road-keys.ts'

type Place = { author: UserId; month: number }

const allPlaces = statement<Place>('SELECT author, month FROM author_months')
const entriesOf = statement<{ id: MessageId }>(
  'SELECT id FROM by_author WHERE author = ? AND month = ? AND id < ? LIMIT ?',
)
const removeEntry = statement('DELETE FROM by_author USING TIMESTAMP ? WHERE author = ? AND month = ? AND id = ?')
const removePlace = statement('DELETE FROM author_months WHERE author = ? AND month = ?')
const removeMessage = statement('DELETE FROM messages USING TIMESTAMP ? WHERE id = ?')
const likeShards = statement<{ shard: number | null | undefined }>('SELECT shard FROM like_counts WHERE msg_id = ?')
const likersOf = statement<{ user_id: UserId }>('SELECT user_id FROM likes_msg WHERE msg_id = ? AND shard = ?')
const removeLike = statement('DELETE FROM likes_user USING TIMESTAMP ? WHERE user_id = ? AND bucket = ? AND msg_id = ?')
const removeLikers = statement('DELETE FROM likes_msg USING TIMESTAMP ? WHERE msg_id = ? AND shard = ?')
const removeCounts = statement('DELETE FROM like_counts USING TIMESTAMP ? WHERE msg_id = ?')

/** Later than whatever was being written when a message went, on whichever clock. */
const aheadMs = 1_000

/** One walk over the months of all authors, for messages below one id. */
interface Walk {
  readonly below: Id
  places: Place[]
  /** Of the page after `places`; undefined at the end. */
  next: string | undefined
  begun: boolean
}

/**
 * Retention by a walk over the months of all authors, since no table holds all messages in order: what is old of one month
 * of one author goes together, whichever author comes first. A walk that is interrupted begins anew and passes over what is
 * gone; a message's entry in the outbox goes last, so that one left half is found again.
 */
export function createCassandraRetention({
  db,
  clock,
  forget,
}: {
  db: Cassandra
  clock: Clock
  /** The message's shared body counts nowhere any more. */
  forget: (id: MessageId) => Promise<void>
}): Retention {
  let walk: Walk | undefined
  /** All below this id is gone. */
  let done: Id = 0

  /** The next author and month with messages that may be old; undefined at the end. */
  async function nextPlace(at: Walk): Promise<Place | undefined> {
    while (at.places.length === 0) {
      if (at.begun && at.next === undefined) return undefined
      const page = await db.page(allPlaces, [], copyScanRows, at.next)
      at.begun = true
      at.next = page.next
      at.places = page.rows.filter(({ month }) => month <= monthOf(at.below))
    }
    return at.places[0]
  }

  async function removeLikes(id: MessageId, at: number): Promise<void> {
    for (const { shard } of await db.read(likeShards, [id])) {
      // A message that nobody likes may have other counts.
      if (shard === null || shard === undefined) continue
      for (let page: string | undefined, more = true; more; more = page !== undefined) {
        const found = await db.page(likersOf, [id, shard], copyScanRows, page)
        page = found.next
        for (const some of chunks(found.rows, expiredAtOnce)) {
          await Promise.all(some.map(({ user_id }) => db.write(removeLike, [at, user_id, bucketOf(id), id])))
        }
      }
      await db.write(removeLikers, [at, id, shard])
    }
    await db.write(removeCounts, [at, id])
  }

  async function removeOne(id: MessageId, { author, month }: Place): Promise<void> {
    const at = (Math.max(clock.now(), timeOf(id)) + aheadMs) * 1_000
    await removeLikes(id, at)
    await db.write(removeMessage, [at, id])
    await forget(id)
    await db.write(removeEntry, [at, author, month, id])
  }

  return {
    async expire(below, limit) {
      const taken: MessageId[] = []
      if (below <= done) return { taken, more: false }
      walk ??= { below, places: [], next: undefined, begun: false }
      for (let looked = 0; looked < limit; looked++) {
        const place = await nextPlace(walk)
        if (place === undefined) {
          done = walk.below
          walk = undefined
          return { taken, more: done < below }
        }
        const { author, month } = place
        const room = limit - taken.length
        const rows = room > 0 ? await db.read(entriesOf, [author, month, walk.below, room]) : []
        for (const some of chunks(rows, expiredAtOnce)) {
          await Promise.all(some.map(({ id }) => removeOne(id, place)))
        }
        taken.push(...rows.map(({ id }) => id))
        if (rows.length === room) break
        // Of an ended month nothing comes any more.
        if (month < monthOf(walk.below)) await db.write(removePlace, [author, month])
        walk.places.shift()
      }
      return { taken, more: true }
    },
    bytes: () => undefined,
  }
}
