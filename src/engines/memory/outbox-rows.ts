import type { MessageId } from '../../core/ids.ts'
import type { OutboxRow, OutboxRows } from '../../ports/outbox-rows.ts'
import { idsAbove, remove } from './sorted.ts'
import type { MemoryTruth, TruthRow } from './truth.ts'

export function createMemoryOutboxRows(truth: MemoryTruth): OutboxRows {
  const present = ({ job, nextPage, done }: TruthRow): OutboxRow => ({ ...job, nextPage, done })

  function finish(id: MessageId): void {
    const row = truth.rows.get(id)
    if (!row) return
    row.done = true
    remove(truth.undone, id)
  }

  return {
    async row(id) {
      const row = truth.rows.get(id)
      return row && present(row)
    },

    async progress(id, nextPage) {
      const row = truth.rows.get(id)
      if (row) row.nextPage = nextPage
    },

    async done(ids) {
      for (const id of ids) {
        finish(id)
        truth.dead.delete(id)
      }
    },

    async undone(above, limit) {
      return idsAbove(truth.undone, above, limit).map((id) => present(truth.rows.get(id)!))
    },

    async lowestUndone() {
      return truth.undone[0] ?? Number.POSITIVE_INFINITY
    },

    async watermark() {
      return truth.watermark
    },

    async setWatermark(id) {
      if (id <= truth.watermark) return
      truth.watermark = id
      for (const [key, row] of truth.rows) {
        if (key < id && row.done && !truth.dead.has(key)) truth.rows.delete(key)
      }
    },

    async dead(id, why) {
      if (!truth.rows.has(id)) return
      finish(id)
      truth.dead.set(id, why)
    },

    async deadJobs(limit) {
      return [...truth.dead].slice(0, limit).map(([id, why]) => ({ id, why }))
    },
  }
}
