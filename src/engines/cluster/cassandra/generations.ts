import { readerShards } from '../reader-shards.ts'
import { type Cassandra, statement } from './client.ts'

type Row = { shard: number; n: number }

const all = statement<Row>('SELECT shard, n FROM generations WHERE part = ?')
const one = statement<Row>('SELECT shard, n FROM generations WHERE part = ? AND shard = ?')
const first = statement<Row>('INSERT INTO generations (part, shard, n) VALUES (?, ?, ?) IF NOT EXISTS')
const next = statement<Row>('UPDATE generations SET n = ? WHERE part = ? AND shard = ? IF n = ?')

/** The numbers' partition: of inboxes, of shared bodies, and (one alone) of who is withdrawn. */
export type GenerationsOf = 'inboxes' | 'bodies' | 'withdrawn'
const parts: Readonly<Record<GenerationsOf, number>> = { inboxes: 0, bodies: 1, withdrawn: 2 }

/**
 * The durable half of generations: a number for each shard, raised by whoever gives up what stands there. All of one kind in
 * one partition, read at once.
 */
export interface CassandraGenerations {
  /** The number of each shard, 0 where none was raised yet; as of a moment after the call began. */
  read(): Promise<Float64Array>
  /** Durably gives the shard a larger number than any it had when the call began; every `read` that begins later sees it. */
  raise(shard: number): Promise<void>
}

export function createCassandraGenerations({ db, of }: { db: Cassandra; of: GenerationsOf }): CassandraGenerations {
  const part = parts[of]
  return {
    async read() {
      const numbers = new Float64Array(readerShards)
      for (const { shard, n } of await db.read(all, [part])) numbers[shard] = n
      return numbers
    },

    async raise(shard) {
      const found = (await db.one(one, [part, shard], 'serial'))?.n
      const n = (found ?? 0) + 1
      // Whoever came first has raised it above what was read here too: as good as ours.
      const look = { read: one, values: [part, shard], mine: (row?: Row) => row !== undefined && row.n >= n }
      if (found === undefined) await db.lwt(first, [part, shard, n], look)
      else await db.lwt(next, [n, part, shard, found], look)
    },
  }
}
