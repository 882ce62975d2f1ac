import { afterEach, describe, expect, test } from 'bun:test'
import { natsWithinMs, offerWithinMs } from '../../src/core/limits.ts'
import { Refusal } from '../../src/core/refusal.ts'
import type { Job } from '../../src/ports/messages.ts'
import { newJob, takeIds } from '../../src/ports/support.contract.ts'
import { until } from '../until.ts'
import { newKeyspace, openQueue, type TestQueue } from './nats.ts'
import { type NatsServers, startServers } from './nats-servers.ts'
import { firstTimes, grouped, putAll, putAtLast, Witness } from './nats-witness.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function start(): Promise<{ servers: NatsServers; open: (offerMs?: number) => Promise<TestQueue> }> {
  const servers = await startServers()
  ending.push(() => servers.end())
  const keyspace = newKeyspace()
  return {
    servers,
    async open(offerMs = 2_000) {
      const own = await openQueue({ keyspace, settings: servers.settings, offerMs })
      ending.push(() => own.close())
      return own
    },
  }
}

describe('a NATS server that fails', () => {
  test('killed and started again in the midst of work: nothing taken is lost, and order is kept', async () => {
    const { servers, open } = await start()
    const [offering, working] = [await open(), await open()]
    const witness = new Witness()
    ending.push(witness.work(working, 'worker'))
    const authors = takeIds(12)
    const taken: Job[] = []
    let refused = 0
    let next = newJob(authors[0]!)
    const offer = async () => {
      if (await offering.queue.put(next)) {
        taken.push(next)
        next = newJob(authors[taken.length % 12]!)
      } else refused++
    }
    while (taken.length < 200) await offer()
    const killed = servers.kill(0)
    await until(async () => {
      await offer()
      return refused > 3
    })
    await killed
    await until(() => !offering.link.connected && !working.link.connected)
    const began = performance.now()
    expect(await offering.queue.put(next)).toBe(false)
    expect(performance.now() - began).toBeLessThan(10)
    expect(await offering.queue.depth().catch((error: unknown) => error)).toBeInstanceOf(Refusal)
    await servers.start(0)
    await putAtLast(offering, next, 6_000)
    taken.push(next)
    for (let i = 0; i < 100; i++) {
      const job = newJob(authors[i % 12]!)
      await putAtLast(offering, job, 6_000)
      taken.push(job)
    }
    await until(() => taken.every(({ id, author }) => witness.handed.get(author)?.includes(id)), 20_000)
    // A put that failed may have been taken all the same: its try again is a job of its own to the stream.
    expect(firstTimes(witness)).toEqual(grouped(taken))
    expect(witness.overlaps).toBe(0)
  })

  test('all data wiped: the streams are made again, and jobs taken and handed out within 6 s; what was lost is no more held', async () => {
    const { servers, open } = await start()
    const [offering, working] = [await open(), await open()]
    const author = takeIds(1)[0]!
    const lost = [newJob(author), newJob(author)]
    await putAll(offering, lost)
    expect((await offering.queue.depth()).jobs).toBe(2)
    const witness = new Witness()
    await servers.kill(0)
    servers.wipe(0)
    await servers.start(0)
    const began = performance.now()
    ending.push(witness.work(working, 'worker'))
    const job = newJob(author)
    await putAtLast(offering, job, 6_000)
    await until(() => witness.total > 0, 6_000)
    expect(performance.now() - began).toBeLessThan(6_000)
    expect(witness.handed).toEqual(grouped([job]))
    await offering.queue.depth()
    expect(lost.map(({ id }) => offering.queue.holds(id))).toEqual([false, false])
    // What the sweeper does next.
    await putAll(offering, lost)
    await until(() => witness.total === 3)
  })

  test('wiped while jobs are in hand: they are finished, and the worker goes on', async () => {
    const { servers, open } = await start()
    const own = await open()
    const gate = Promise.withResolvers<void>()
    const author = takeIds(1)[0]!
    const stop = new AbortController()
    const handed: number[] = []
    const working = own.queue.work(
      'job',
      async (jobs) => {
        handed.push(...jobs.map(({ id }) => id))
        await gate.promise
        return jobs.map(() => 'done')
      },
      stop.signal,
    )
    ending.push(async () => {
      gate.resolve()
      stop.abort()
      await working
    })
    const [first, second] = [newJob(author), newJob(author)]
    await putAll(own, [first])
    await until(() => handed.length === 1)
    await servers.kill(0)
    servers.wipe(0)
    await servers.start(0)
    gate.resolve()
    await putAtLast(own, second, 6_000)
    await until(() => handed.length === 2, 6_000)
    expect(handed).toEqual([first.id, second.id])
    await own.queue.depth()
    expect(own.queue.holds(first.id)).toBe(false)
  })

  test('a server that hangs: puts are refused in time, then at once; depth fails in time; work goes on afterwards', async () => {
    const { servers, open } = await start()
    const own = await open(offerWithinMs)
    const witness = new Witness()
    ending.push(witness.work(own, 'worker'))
    const authors = takeIds(12)
    const first = newJob(authors[0]!)
    await putAtLast(own, first, 5_000)
    await until(() => witness.total === 1)
    servers.pause(0)
    ending.push(async () => servers.resume(0))
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => own.queue.put(newJob(authors[i % 12]!))))
    expect(answers).not.toContain(true)
    expect(performance.now() - began).toBeLessThan(offerWithinMs + 200)
    const asked = performance.now()
    expect(await own.queue.depth().catch((error: unknown) => error)).toBeInstanceOf(Refusal)
    expect(performance.now() - asked).toBeLessThan(natsWithinMs + 500)
    await until(() => !own.link.connected, 6_000)
    const away = performance.now()
    expect(await own.queue.put(newJob(authors[0]!))).toBe(false)
    expect(performance.now() - away).toBeLessThan(10)
    servers.resume(0)
    const last = newJob(authors[1]!)
    await putAtLast(own, last, 6_000)
    await until(() => witness.handed.get(authors[1]!)?.includes(last.id) === true, 10_000)
  })

  test('a worker that ends while the server hangs ends in time', async () => {
    const { servers, open } = await start()
    const own = await open()
    const witness = new Witness()
    const leave = witness.work(own, 'worker')
    ending.push(leave)
    await putAtLast(own, newJob(takeIds(1)[0]!), 5_000)
    await until(() => witness.total === 1)
    servers.pause(0)
    ending.push(async () => servers.resume(0))
    const began = performance.now()
    await leave()
    await own.close()
    expect(performance.now() - began).toBeLessThan(8_000)
  })
})
