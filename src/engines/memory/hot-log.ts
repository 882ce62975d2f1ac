import type { HotEntry, HotLog } from '../../ports/hot-log.ts'
import { type MemoryTruth, noteId } from './truth.ts'

/** One process's view: its copy ends where it last looked, so that entries of other processes appear only by `refresh`. */
export function createMemoryHotLog(truth: MemoryTruth): HotLog {
  const { hot } = truth
  let copied = hot.head
  const copy = () => hot.entries.filter((entry) => entry.position <= copied)

  return {
    epoch: hot.epoch,

    async append(id, author, crossed) {
      const known = hot.entries.find((entry) => entry.id === id)
      if (known) {
        copied = Math.max(copied, known.position)
        return known
      }
      hot.head += 1
      const entry: HotEntry = { position: hot.head, id, author, crossed }
      hot.entries.push(entry)
      noteId(truth, id)
      copied = hot.head
      return entry
    },

    head: () => copied,

    after: (position, limit) =>
      copy()
        .filter((entry) => entry.position > position)
        .slice(0, limit),

    page: (below, wanted, limit) =>
      copy()
        .filter((entry) => entry.id < below && wanted(entry.author))
        .map((entry) => entry.id)
        .sort((a, b) => b - a)
        .slice(0, limit),

    reach: () => hot.forgotten,

    async refresh() {
      copied = hot.head
    },

    async forget(below) {
      for (const entry of hot.entries) if (entry.id < below) hot.forgotten = Math.max(hot.forgotten, entry.id)
      hot.entries = hot.entries.filter((entry) => entry.id >= below)
    },
  }
}
