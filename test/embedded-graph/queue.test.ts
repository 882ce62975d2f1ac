import { expect, test } from 'bun:test'
import { fanoutBatchJobs, jobRetryMs, jobWaitMs } from '../../src/core/limits.ts'
import { EmbeddedQueue } from '../../src/engines/embedded/queue.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Job } from '../../src/ports/messages.ts'
import type { Outcome, QueuedJob } from '../../src/ports/queue.ts'

/** Time that stands still until `advance`. */
class HandClock implements Clock {
  #now = 1_000_000
  #sleepers: { until: number; wake: () => void }[] = []

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push({ until: this.#now + ms, wake: resolve })
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  advance(ms: number): void {
    this.#now += ms
    const due = this.#sleepers.filter((sleeper) => sleeper.until <= this.#now)
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.until > this.#now)
    for (const sleeper of due) sleeper.wake()
  }
}

const job = (id: number, author: number): Job => ({ id, author, mode: 'pushed', prev: [], crossed: false })

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 2_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in 2 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A worker that notes what it is handed and answers with `outcome`. */
function worker(queue: EmbeddedQueue, lane: 'job' | 'pages', outcome: (job: QueuedJob) => Outcome) {
  const stop = new AbortController()
  const batches: QueuedJob[][] = []
  const done = queue.work(
    lane,
    async (jobs) => {
      batches.push(jobs)
      return jobs.map(outcome)
    },
    stop.signal,
  )
  return {
    batches,
    ids: () => batches.flat().map((j) => j.id),
    stop() {
      stop.abort()
      return done
    },
  }
}

test('batches are bounded, every job comes once, those of an author in order', async () => {
  const queue = new EmbeddedQueue(new HandClock())
  for (let id = 1; id <= 1_000; id++) expect(await queue.put(job(id, id % 7))).toBe(true)
  expect(await queue.depth()).toEqual({ jobs: 1_000, oldest: 1 })
  const w = worker(queue, 'job', () => 'done')
  await until(() => w.ids().length === 1_000)
  await w.stop()
  expect(Math.max(...w.batches.map((b) => b.length))).toBe(fanoutBatchJobs)
  for (let author = 0; author < 7; author++) {
    const ids = w.ids().filter((id) => id % 7 === author)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  }
  expect(await queue.depth()).toEqual({ jobs: 0, oldest: undefined })
  expect(queue.holds(5)).toBe(false)
})

test('two workers never have jobs of one author at the same time', async () => {
  const queue = new EmbeddedQueue(new HandClock())
  const stop = new AbortController()
  const inHand = new Set<number>()
  const seen: number[] = []
  const handle = async (jobs: QueuedJob[]) => {
    const authors = new Set(jobs.map((j) => j.author))
    for (const author of authors) {
      if (inHand.has(author)) throw new Error('an author is in two hands')
      inHand.add(author)
    }
    await new Promise((resolve) => setImmediate(resolve))
    for (const author of authors) inHand.delete(author)
    seen.push(...jobs.map((j) => j.id))
    return jobs.map((): Outcome => 'done')
  }
  const workers = [queue.work('job', handle, stop.signal), queue.work('job', handle, stop.signal)]
  for (let id = 1; id <= 500; id++) await queue.put(job(id, id % 3))
  await until(() => seen.length === 500)
  stop.abort()
  await Promise.all(workers)
  expect(new Set(seen).size).toBe(500)
})

test('a failed job holds back its author alone, and comes again after a growing time', async () => {
  const clock = new HandClock()
  const queue = new EmbeddedQueue(clock)
  let failing = true
  const w = worker(queue, 'job', (j) => (j.id === 1 && failing ? 'failed' : 'done'))
  await queue.put(job(1, 10))
  await until(() => w.ids().length === 1)
  await queue.put(job(2, 10))
  await queue.put(job(3, 20))
  await until(() => w.ids().length === 2)
  expect(w.ids()).toEqual([1, 3])
  clock.advance(jobRetryMs)
  await until(() => w.ids().includes(2))
  // The second try failed too; the job behind it in the same batch did not.
  expect(w.ids()).toEqual([1, 3, 1, 2])
  clock.advance(jobRetryMs)
  await new Promise((resolve) => setImmediate(resolve))
  expect(w.ids()).toHaveLength(4)
  failing = false
  clock.advance(jobRetryMs)
  await until(() => w.ids().length === 5)
  expect(w.batches.at(-1)?.[0]?.tries).toBe(2)
  await w.stop()
})

test('a handler that throws has failed its whole batch', async () => {
  const clock = new HandClock()
  const queue = new EmbeddedQueue(clock)
  const stop = new AbortController()
  const tries: number[] = []
  const done = queue.work(
    'job',
    async (jobs) => {
      tries.push(...jobs.map((j) => j.tries))
      if (tries.length <= 2) throw new Error('planted')
      return jobs.map(() => 'done')
    },
    stop.signal,
  )
  await queue.put(job(1, 1))
  await queue.put(job(2, 2))
  await until(() => tries.length === 2)
  clock.advance(jobRetryMs)
  await until(() => tries.length === 4)
  expect(tries).toEqual([0, 0, 1, 1])
  stop.abort()
  await done
})

test('waiting is soon over and no failed try', async () => {
  const clock = new HandClock()
  const queue = new EmbeddedQueue(clock)
  let waits = 2
  const w = worker(queue, 'job', () => (waits-- > 0 ? 'wait' : 'done'))
  await queue.put(job(1, 1))
  for (const n of [1, 2, 3]) {
    await until(() => w.ids().length === n)
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(jobWaitMs)
  }
  await until(() => !queue.holds(1))
  expect(w.batches.flat().map((j) => j.tries)).toEqual([0, 0, 0])
  await w.stop()
})

test('pages go round by author, one at a time, whatever the other lane does', async () => {
  const queue = new EmbeddedQueue(new HandClock())
  const left = new Map([
    [1, 3],
    [2, 2],
  ])
  const jobs = worker(queue, 'job', () => 'pages')
  await queue.put(job(1, 10))
  await queue.put(job(2, 20))
  await until(() => jobs.ids().length === 2)
  await queue.put(job(3, 30), 'token')
  const pages = worker(queue, 'pages', (j) => {
    const more = (left.get(j.id) ?? 1) - 1
    left.set(j.id, more)
    return more > 0 ? 'pages' : 'done'
  })
  await until(() => pages.ids().length === 6)
  expect(pages.ids()).toEqual([1, 2, 3, 1, 2, 1])
  expect(pages.batches[2]?.[0]?.nextPage).toBe('token')
  expect(await queue.depth()).toEqual({ jobs: 0, oldest: undefined })
  await jobs.stop()
  await pages.stop()
})

test('a held job is not taken twice, and a full queue takes none', async () => {
  const queue = new EmbeddedQueue(new HandClock(), 2)
  expect(await queue.put(job(1, 1))).toBe(true)
  expect(await queue.put(job(1, 1))).toBe(true)
  expect(await queue.put(job(2, 1))).toBe(true)
  expect(await queue.put(job(3, 1))).toBe(false)
  expect(await queue.put(job(2, 1))).toBe(true)
  const w = worker(queue, 'job', () => 'done')
  await until(() => w.ids().length === 2)
  await w.stop()
  expect(w.ids()).toEqual([1, 2])
  expect(await queue.put(job(3, 1))).toBe(true)
  queue.close()
  expect(await queue.put(job(4, 1))).toBe(false)
})
