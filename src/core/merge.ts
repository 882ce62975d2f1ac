import type { MessageId } from './ids.ts'

/** Merges lists that are sorted largest first into one, without repeats, at most `limit` long. */
export function mergeNewestFirst(lists: readonly (readonly MessageId[])[], limit: number): MessageId[] {
  const at = new Array<number>(lists.length).fill(0)
  const out: MessageId[] = []
  while (out.length < limit) {
    let largest = 0
    for (let i = 0; i < lists.length; i++) {
      const id = lists[i]![at[i]!]
      if (id !== undefined && id > largest) largest = id
    }
    if (largest === 0) break
    out.push(largest)
    for (let i = 0; i < lists.length; i++) if (lists[i]![at[i]!] === largest) at[i]!++
  }
  return out
}
