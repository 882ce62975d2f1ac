import { type Id, idAt } from '../../../core/ids.ts'
import { bucketOf } from './likes.ts'

/**
 * Rows with ids below `below`, newest first, at most `limit`: `read` gives those of one bucket, which is about a month. An
 * empty one costs a small read.
 */
export async function throughBuckets<Row>(
  below: Id,
  limit: number,
  now: number,
  read: (bucket: number, limit: number) => Promise<Row[]>,
): Promise<Row[]> {
  const found: Row[] = []
  // Ids of a clock that is ahead lie in the next one at most.
  const first = Math.min(bucketOf(below), bucketOf(idAt(now)) + 1)
  for (let bucket = first; bucket >= bucketOf(0) && found.length < limit; bucket--) {
    found.push(...(await read(bucket, limit - found.length)))
  }
  return found
}
