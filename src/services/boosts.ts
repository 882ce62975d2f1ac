import type { Id, MessageId, UserId } from '../core/ids.ts'
import { boostsAtOnce, boostsPerPage, deletionsPerPageMax } from '../core/limits.ts'
import type { BoostStore } from '../ports/boosts.ts'
import type { MessageStore } from '../ports/messages.ts'
import { shownOf } from './bodies.ts'
import type { RemoveMessage } from './delete.ts'
import type { Visibility } from './visibility.ts'

export interface Boosts {
  /** Takes the user's boost of a message back, if there is one. Idempotent. Throws `no_such_message`. */
  unboost(user: UserId, message: MessageId): Promise<void>
  /** Deletes the boosts of a message that was deleted. */
  clear(message: MessageId): Promise<void>
  /**
   * Does the same for all messages deleted since the last round: boosts are hidden at once, but whoever shows them must be
   * told, whichever process deleted what they boost, and whether it lived to see this done.
   */
  round(): Promise<void>
}

export function createBoosts({
  boosts,
  messages,
  visibility,
  removeMessage,
}: {
  boosts: Pick<BoostStore, 'find' | 'boostsOf' | 'cleared' | 'setCleared'>
  messages: Pick<MessageStore, 'deletions' | 'deletionsHead'>
  visibility: Pick<Visibility, 'mustSeeMessage'>
  removeMessage: RemoveMessage
}): Boosts {
  /** Deletions above the place that is kept, whose boosts are gone already. */
  const done = new Set<Id>()

  async function clear(message: MessageId): Promise<void> {
    let page: string | undefined
    do {
      const found = await boosts.boostsOf(message, page, boostsPerPage)
      for (let i = 0; i < found.boosts.length; i += boostsAtOnce) {
        const some = found.boosts.slice(i, i + boostsAtOnce)
        await Promise.all(some.map(({ user, id }) => removeMessage({ id, author: user }, message)))
      }
      page = found.next
    } while (page !== undefined)
  }

  return {
    async unboost(user, message) {
      const { id } = shownOf(await visibility.mustSeeMessage(user, message))
      const boost = await boosts.find(user, id)
      if (boost !== undefined) await removeMessage(boost.job)
    },
    clear,
    async round() {
      // Below the head no deletion appears any more.
      const head = await messages.deletionsHead()
      const from = await boosts.cleared()
      for (let above = from; ; ) {
        const list = await messages.deletions(above, deletionsPerPageMax)
        for (const { stamp, id } of list) {
          if (!done.has(stamp)) await clear(id)
          done.add(stamp)
        }
        if (list.length < deletionsPerPageMax) break
        above = list[list.length - 1]!.stamp
        await boosts.setCleared(Math.min(above, head))
      }
      if (head > from) await boosts.setCleared(head)
      for (const stamp of done) if (stamp <= head) done.delete(stamp)
    },
  }
}
