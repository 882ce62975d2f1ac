import type { Id, MessageId } from '../../core/ids.ts'
import type { MessageStore, OutboxEntry } from '../../ports/messages.ts'
import { linkAdded, linkRemoved } from './links.ts'
import { idsAbove, idsBelow, insert, remove } from './sorted.ts'
import { type MemoryTruth, noteId } from './truth.ts'

/** `recentIds`: how many of the newest messages count as held in memory (`recent`); a real engine's memory is bounded. */
export function createMemoryMessages(truth: MemoryTruth, recentIds = Number.POSITIVE_INFINITY): MessageStore {
  function drop(id: MessageId): void {
    const message = truth.messages.get(id)
    if (message) {
      remove(truth.outboxes.get(message.author) ?? [], id)
      linkRemoved(truth, message)
    }
    truth.messages.delete(id)
    truth.gone.add(id)
  }

  const entry = (id: MessageId): OutboxEntry => {
    const { mode, prev } = truth.messages.get(id)!
    return { id, mode, prev }
  }

  return {
    async store(message) {
      const { id, author, mode, prev, crossed } = message
      if (truth.gone.has(id) || truth.messages.has(id)) return
      noteId(truth, id)
      truth.rows.set(id, { job: { id, author, mode, prev: [...prev], crossed }, nextPage: undefined, done: false })
      insert(truth.undone, id)
      truth.messages.set(id, { ...message, prev: [...prev] })
      const outbox = truth.outboxes.get(author) ?? []
      truth.outboxes.set(author, outbox)
      insert(outbox, id)
      linkAdded(truth, message)
    },

    async abandon(id) {
      noteId(truth, id)
      drop(id)
    },

    async many(ids) {
      return ids.map((id) => {
        const message = truth.messages.get(id)
        return message && { id, author: message.author, body: message.body }
      })
    },

    async delete(id, author, stamp) {
      if (truth.messages.get(id)?.author !== author) return false
      drop(id)
      // Callers take stamps before they call, so two of them may come in the wrong order: the head never hides one (M11).
      const later = Math.max(stamp, head() + 1)
      truth.deletions.push({ stamp: later, id, author })
      noteId(truth, later)
      return true
    },

    async outbox(author, below, limit) {
      return idsBelow(truth.outboxes.get(author) ?? [], below, limit).map(entry)
    },

    async newest(authors, below, above, limit) {
      return newest(authors, below, above, limit)
    },

    async own(author, below, above, limit) {
      return newest(Float64Array.of(author), below, above, limit)
    },

    async recent(authors, limit) {
      const reach = recentFront()
      return { ids: newest(authors, Number.POSITIVE_INFINITY, reach, limit), reach }
    },

    async tips(author) {
      const outbox = truth.outboxes.get(author) ?? []
      const last = outbox.at(-1)
      if (last === undefined) return { newest: 0, mode: 'pushed', tips: [] }
      const ids = idsAbove(outbox, truth.watermark - 1, outbox.length)
      const named = new Set(ids.flatMap((id) => truth.messages.get(id)!.prev))
      const tips = ids.filter((id) => !named.has(id)).map((id) => ({ id, mode: truth.messages.get(id)!.mode }))
      return { newest: last, mode: truth.messages.get(last)!.mode, tips }
    },

    async upward(authors, above, limit) {
      const ids: MessageId[] = []
      for (const author of authors) ids.push(...idsAbove(truth.outboxes.get(author) ?? [], above, limit))
      return ids.sort((a, b) => a - b).slice(0, limit)
    },

    async deletions(above, limit) {
      return truth.deletions.filter((deletion) => deletion.stamp > above).slice(0, limit)
    },

    async deletionsHead() {
      return head()
    },
  }

  function head(): Id {
    return truth.deletions.at(-1)?.stamp ?? 0
  }

  function newest(authors: Float64Array, below: Id, above: Id, limit: number): MessageId[] {
    const ids: MessageId[] = []
    for (const author of authors) ids.push(...idsBelow(truth.outboxes.get(author) ?? [], below, limit))
    return ids
      .filter((id) => id > above)
      .sort((a, b) => b - a)
      .slice(0, limit)
  }

  /** The largest id of all that is not held in memory; 0 when all are. */
  function recentFront(): MessageId {
    if (truth.messages.size <= recentIds) return 0
    return [...truth.messages.keys()].sort((a, b) => b - a)[recentIds]!
  }
}
