import { expect, test } from 'bun:test'
import { makeId } from '../../src/core/ids.ts'
import { deliveriesPerCallMax, fanoutBatchJobs, fanoutPageReaders } from '../../src/core/limits.ts'
import { readerShardOf, readerShards } from '../../src/engines/cluster/reader-shards.ts'
import { takeIds } from '../../src/ports/support.contract.ts'
import { OwnRedis } from './redis.ts'
import { startProcess } from './redis-process.ts'

test('a batch of 64 jobs of 1,000 readers is a bounded number of calls, and all of it arrives', async () => {
  const redis = await OwnRedis.start()
  const one = await startProcess(redis.settings)
  const readers = await Promise.all(Array.from({ length: fanoutPageReaders }, () => one.driver.ready()))
  const ids = takeIds(fanoutBatchJobs)
  const before = await redis.calls('fcall')
  await one.redis.inbox.deliver(ids.map((id) => ({ id, readers: Float64Array.from(readers) })))
  const perShard = (fanoutBatchJobs * fanoutPageReaders) / readerShards
  const calls = (await redis.calls('fcall')) - before
  // One a shard, and a further one for each thousand: readers are not spread evenly. Renewals of presences come on top.
  expect(calls).toBeLessThanOrEqual(readerShards * Math.ceil((perShard * 1.9) / deliveriesPerCallMax) + readerShards)
  for (const reader of readers.slice(0, 50)) {
    expect((await one.redis.inbox.page(reader, Number.MAX_SAFE_INTEGER, 100))!.ids).toEqual([...ids].reverse())
  }
  await one.close()
  await redis.end()
})

test('heads asked for in one turn share a call a shard', async () => {
  const redis = await OwnRedis.start()
  const one = await startProcess(redis.settings)
  const readers = await Promise.all(Array.from({ length: 500 }, () => one.driver.ready()))
  const before = await redis.calls('fcall')
  const heads = await Promise.all(readers.map((reader) => one.redis.inbox.head(reader)))
  expect(heads.every((head) => head !== undefined)).toBe(true)
  expect((await redis.calls('fcall')) - before).toBeLessThanOrEqual(2 * readerShards)
  await one.close()
  await redis.end()
})

test('readers are spread evenly over the shards, whoever gave their ids', () => {
  for (const id of [
    (i: number) => makeId(Date.UTC(2026, 0, 1) + i * 977, i % 5, 0),
    (i: number) => makeId(Date.UTC(2026, 0, 1), 3, 0) + i,
    (i: number) => i + 1,
  ]) {
    const counts = new Array<number>(readerShards).fill(0)
    for (let i = 0; i < 64_000; i++) counts[readerShardOf(id(i))]!++
    expect(Math.max(...counts)).toBeLessThan(1_200)
    expect(Math.min(...counts)).toBeGreaterThan(800)
  }
})
