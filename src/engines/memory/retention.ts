import type { MessageId } from '../../core/ids.ts'
import type { Retention } from '../../ports/retention.ts'
import { remove } from './sorted.ts'
import type { MemoryTruth } from './truth.ts'

export function createMemoryRetention(truth: MemoryTruth): Retention {
  function removeLikes(message: MessageId): void {
    for (const user of truth.likers.get(message) ?? []) truth.liked.get(user)?.delete(message)
    truth.likers.delete(message)
  }

  return {
    async expire(below, limit) {
      const old = [...truth.messages.keys()].filter((id) => id < below).sort((a, b) => a - b)
      const taken = old.slice(0, limit)
      for (const id of taken) {
        remove(truth.outboxes.get(truth.messages.get(id)!.author) ?? [], id)
        truth.messages.delete(id)
        truth.gone.add(id)
      }
      for (const id of [...truth.likers.keys()]) if (id < below && !truth.messages.has(id)) removeLikes(id)
      return { taken, more: old.length > taken.length }
    },
    bytes: () => undefined,
  }
}
