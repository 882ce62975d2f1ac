import { readersPerLookMax } from '../../../core/limits.ts'
import { inboxKey, inboxPattern } from './keys.ts'
import type { Servers } from './servers.ts'
import type { Shards } from './shards.ts'

/** Forgets inboxes whose last noted read was before `before` and whose readers are not online; resolves to how many. */
export async function forgetDormant(
  { servers, shards, keyspace }: { servers: Servers; shards: Shards; keyspace: string },
  before: number,
): Promise<number> {
  let forgotten = 0
  for (const link of servers.links) {
    let cursor = '0'
    do {
      const [next, keys] = (await link.send('SCAN', [
        cursor,
        'MATCH',
        inboxPattern(keyspace),
        'COUNT',
        String(readersPerLookMax),
      ])) as [string, string[]]
      const readers = new Map<number, string>()
      for (const key of keys) {
        const [, shard, reader] = inboxKey.exec(key) ?? []
        if (shard !== undefined) readers.set(Number(shard), (readers.get(Number(shard)) ?? '') + reader)
      }
      const counts = await Promise.all(
        [...readers].map(([shard, texts]) =>
          shards.on('dormant', shard, (owner) => shards.run(owner, shard, 'dormant', [String(before), texts])),
        ),
      )
      for (const count of counts) forgotten += Number(count)
      cursor = next
    } while (cursor !== '0')
  }
  return forgotten
}
