import { afterEach, describe, expect, test } from 'bun:test'
import { natsPartitions, sweepAfterMs } from '../../src/core/limits.ts'
import { partitionOf } from '../../src/engines/cluster/nats/job-code.ts'
import { shares } from '../../src/engines/cluster/nats/shares.ts'
import { type Clock, systemClock } from '../../src/ports/clock.ts'
import type { Job } from '../../src/ports/messages.ts'
import { newJob, takeIds } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'
import { dropStreams, newKeyspace, openQueue, type TestQueue, testNats } from './nats.ts'
import { grouped, putAll, Witness } from './nats-witness.ts'
import { WorkerProcess } from './nats-worker-process.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** Processes of one installation: the first one's streams are deleted at the end. */
function installation() {
  const keyspace = newKeyspace()
  let first = true
  return {
    keyspace,
    async open(clock: Clock = systemClock): Promise<TestQueue> {
      const own = await openQueue({ keyspace, clock })
      const drops = first
      first = false
      ending.push(async () => {
        if (drops) await dropStreams(own)
        await own.close()
      })
      return own
    },
  }
}

describe('many processes on one queue', () => {
  test('[Q2] each author’s jobs come in order, one after the other, and every process has its share', async () => {
    const { open } = installation()
    const processes = [await open(), await open(), await open()]
    const witness = new Witness()
    processes.forEach((own, i) => void ending.push(witness.work(own, `worker ${i}`)))
    const authors = takeIds(40)
    const jobs: Job[] = []
    // Partitions find their processes within some seconds.
    await until(
      async () => {
        const more = Array.from({ length: 120 }, (_, i) => newJob(authors[i % 40]!))
        jobs.push(...more)
        await putAll(processes[(jobs.length / 120) % 3]!, more)
        await until(() => witness.total >= jobs.length, 10_000)
        return witness.counts.size === 3
      },
      20_000,
      'every process works',
    )
    expect(witness.handed).toEqual(grouped(jobs))
    expect(witness.overlaps).toBe(0)
  })

  test('[Q2] workers that come and go all the while change nothing of that', async () => {
    const { open } = installation()
    const publisher = await open()
    const witness = new Witness()
    ending.push(witness.work(await open(), 'steady'))
    const authors = takeIds(20)
    const jobs: Job[] = []
    const putMore = async () => {
      const more = Array.from({ length: 60 }, (_, i) => newJob(authors[i % 20]!))
      jobs.push(...more)
      await putAll(publisher, more)
    }
    for (let round = 0; round < 4; round++) {
      const leave = witness.work(await open(), `guest ${round}`)
      await until(
        async () => {
          await putMore()
          return witness.counts.has(`guest ${round}`)
        },
        15_000,
        'the guest works',
      )
      const leaving = leave()
      await putMore()
      await leaving
    }
    await until(() => witness.total >= jobs.length, 20_000)
    expect(witness.handed).toEqual(grouped(jobs))
    expect(witness.overlaps).toBe(0)
  })

  test('one process offers, another works; the first one learns what is done', async () => {
    const { open } = installation()
    const [offering, working] = [await open(), await open()]
    const jobs = takeIds(5).map((author) => newJob(author))
    await putAll(offering, jobs)
    expect(await offering.queue.depth()).toEqual({ jobs: 5, oldest: jobs[0]!.id })
    expect(await working.queue.depth()).toEqual({ jobs: 5, oldest: jobs[0]!.id })
    expect(working.queue.holds(jobs[0]!.id)).toBe(false)
    expect(offering.queue.holds(jobs[0]!.id)).toBe(true)
    const witness = new Witness()
    ending.push(witness.work(working, 'worker'))
    await until(async () => {
      const { jobs: left } = await offering.queue.depth()
      return left === 0
    })
    await until(async () => {
      await offering.queue.depth()
      return jobs.every(({ id }) => !offering.queue.holds(id))
    })
  })

  test('a job that several processes put is worked once while it is held', async () => {
    const { open } = installation()
    const [one, two] = [await open(), await open()]
    const job = newJob(takeIds(1)[0]!)
    const gate = Promise.withResolvers<void>()
    let handed = 0
    const stop = new AbortController()
    const working = one.queue.work(
      'job',
      async (jobs) => {
        handed += jobs.length
        await gate.promise
        return jobs.map(() => 'done')
      },
      stop.signal,
    )
    expect(await one.queue.put(job)).toBe(true)
    await until(() => handed === 1)
    // At once, JetStream swallows it; later, as the sweeper does, it comes under another name, and the worker knows it.
    expect(await two.queue.put(job)).toBe(true)
    expect((await two.queue.depth()).jobs).toBe(1)
    const clock = new MovableClock()
    const later = await open(clock)
    await clock.pass(2 * sweepAfterMs)
    expect(await later.queue.put(job)).toBe(true)
    expect((await later.queue.depth()).jobs).toBe(2)
    gate.resolve()
    await until(async () => (await two.queue.depth()).jobs === 0)
    stop.abort()
    await working
    expect(handed).toBe(1)
  })

  test('[Q1] what a killed process had in hand goes to another within 10 s, in order', async () => {
    const { keyspace, open } = installation()
    const own = await open()
    const { nodes } = await testNats()
    const worker = await WorkerProcess.start(`${nodes[0]!.host}:${nodes[0]!.port}`, keyspace, 'hang')
    ending.push(() => worker.kill())
    const [author] = takeIds(1)
    const jobs = Array.from({ length: 5 }, () => newJob(author!))
    await putAll(own, jobs.slice(0, 3))
    await until(() => worker.handed.length > 0)
    const witness = new Witness()
    ending.push(witness.work(own, 'heir'))
    await putAll(own, jobs.slice(3))
    expect(witness.total).toBe(0)
    await worker.kill()
    await until(() => witness.total >= jobs.length, 10_000)
    expect(witness.handed).toEqual(grouped(jobs))
  })

  test('[Q2] a process that was stopped hands out nothing that became another’s meanwhile', async () => {
    const { keyspace, open } = installation()
    const own = await open()
    const { nodes } = await testNats()
    const worker = await WorkerProcess.start(`${nodes[0]!.host}:${nodes[0]!.port}`, keyspace, 'work')
    ending.push(() => worker.kill())
    const authors = takeIds(8)
    const jobs = (count: number) => Array.from({ length: count }, (_, i) => newJob(authors[i % 8]!))
    const before = jobs(8)
    await putAll(own, before)
    await until(() => worker.handed.length === before.length)
    worker.stop()
    // They reach the stopped process's socket, and are among the first things it sees afterwards.
    const meanwhile = jobs(40)
    await putAll(own, meanwhile)
    const witness = new Witness()
    ending.push(witness.work(own, 'heir'))
    const heirHas = (list: readonly Job[]) =>
      list.every(({ id, author }) => witness.handed.get(author)?.includes(id) === true)
    await until(() => heirHas(meanwhile), 12_000)
    worker.resume()
    const after = jobs(8)
    await putAll(own, after)
    const theirs = () => new Set(worker.handed.map(({ id }) => id))
    await until(() => after.every((job) => theirs().has(job.id) || heirHas([job])), 15_000)
    expect(meanwhile.filter(({ id }) => theirs().has(id))).toEqual([])
    const mine = [...witness.handed.values()].flat()
    expect(mine).toHaveLength(new Set(mine).size)
    expect(after.filter((job) => theirs().has(job.id) && heirHas([job]))).toEqual([])
  })
})

describe('partitions', () => {
  test('authors spread over all of them', () => {
    const counts = new Map<number, number>()
    for (const author of takeIds(16_000)) {
      const partition = partitionOf(author * 64)
      counts.set(partition, (counts.get(partition) ?? 0) + 1)
    }
    expect(counts.size).toBe(natsPartitions)
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200)
  })

  test('shares are even, the same for all, and mostly stay where they are', () => {
    const workers = ['a', 'b', 'c', 'd', 'e']
    for (let count = 1; count <= workers.length; count++) {
      const own = shares(natsPartitions, 'job', workers.slice(0, count))
      const loads = [...Map.groupBy(own, (worker) => worker).values()].map((list) => list.length)
      expect(Math.max(...loads)).toBeLessThanOrEqual(Math.ceil(natsPartitions / count))
      expect(own).toHaveLength(natsPartitions)
    }
    const four = shares(natsPartitions, 'job', workers.slice(0, 4))
    const five = shares(natsPartitions, 'job', workers)
    expect(four.filter((worker, i) => worker === five[i]).length).toBeGreaterThan(natsPartitions / 2)
  })
})
