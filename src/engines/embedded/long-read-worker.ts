/** The thread of `longRead`: one statement on a connection of its own, then its end. */
import { openReader, scanCacheKiB } from './connection.ts'
import type { LongReadAnswer, LongReadRequest } from './long-read.ts'

declare const self: Worker

self.onmessage = ({ data }: MessageEvent<LongReadRequest>) => {
  self.postMessage(answerTo(data))
}

function answerTo({ path, sql, args }: LongReadRequest): LongReadAnswer {
  try {
    const db = openReader(path, scanCacheKiB)
    try {
      return { rows: db.query(sql).values(...args) }
    } finally {
      db.close()
    }
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    return { code, message }
  }
}
