import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { MessageId, UserId } from '../core/ids.ts'
import { fanoutBatchJobs, jobRetryMs, queueJobsMax } from '../core/limits.ts'
import type { Job } from './messages.ts'
import type { Lane, Outcome, QueuedJob } from './queue.ts'
import { eventually, makeUser, newJob, newMessage, type Open, type Opened } from './support.contract.ts'

type Ports = 'queue' | 'messages' | 'users'
type Handle = (jobs: QueuedJob[]) => Promise<Outcome[]>

export function queueContract(name: string, open: Open<Ports>): void {
  describe(`${name}: Queue`, () => {
    let opened: Opened<Ports>
    let stop: AbortController
    let workers: Promise<void>[]
    beforeEach(async () => {
      opened = await open()
      stop = new AbortController()
      workers = []
    })
    afterEach(async () => {
      stop.abort()
      await Promise.all(workers)
      await opened.close()
    })
    const queue = () => opened.engine.queue
    const author = () => makeUser(opened.engine.users)

    function work(lane: Lane, handle: Handle, signal = stop.signal): Promise<void> {
      const worker = queue().work(lane, handle, signal)
      workers.push(worker)
      return worker
    }

    /** A worker that notes what it is handed and answers as told. */
    function noting(lane: Lane, outcome: (job: QueuedJob) => Outcome = () => 'done') {
      const handed: QueuedJob[] = []
      const batches: number[] = []
      work(lane, async (jobs) => {
        batches.push(jobs.length)
        handed.push(...jobs)
        return jobs.map(outcome)
      })
      return { handed, batches, ids: () => handed.map((job) => job.id) }
    }

    /** A job as publishing makes it: its message and outbox row are stored first. */
    async function publish(by: UserId, more: Partial<Job> = {}): Promise<Job> {
      const { body, ...job } = newMessage(by, more)
      await opened.engine.messages.store({ ...job, body })
      expect(await queue().put(job)).toBe(true)
      return job
    }

    const empty = () => eventually(opened, async () => (await queue().depth()).jobs === 0)

    test('[Q1] a job is handed out as it was put, with no tries, and once done never again', async () => {
      const by = await author()
      const job = await publish(by, { mode: 'hot', prev: [newJob(by).id], crossed: true })
      expect(queue().holds(job.id)).toBe(true)
      const { handed } = noting('job')
      await eventually(opened, () => !queue().holds(job.id))
      await opened.pass(jobRetryMs * 3)
      expect(handed).toEqual([{ ...job, tries: 0, nextPage: undefined }])
      expect(await queue().depth()).toEqual({ jobs: 0, oldest: undefined })
    })

    test('[Q1] a worker that waits gets what is put later', async () => {
      const by = await author()
      const { ids } = noting('job')
      await opened.pass(20)
      const job = await publish(by)
      await eventually(opened, () => ids().includes(job.id))
    })

    test('[Q1] a job put with a page goes on there', async () => {
      const { body, ...job } = newMessage(await author())
      await opened.engine.messages.store({ ...job, body })
      expect(await queue().put(job, 'page 3')).toBe(true)
      const [small, large] = [noting('job'), noting('pages')]
      await eventually(opened, () => small.handed.length + large.handed.length > 0)
      expect([...small.handed, ...large.handed]).toEqual([{ ...job, tries: 0, nextPage: 'page 3' }])
    })

    test('[Q2] each author’s jobs come in the order they were put, and one after the other', async () => {
      const authors = [await author(), await author(), await author()]
      const put = new Map<UserId, MessageId[]>(authors.map((by) => [by, []]))
      const seen = new Map<UserId, MessageId[]>(authors.map((by) => [by, []]))
      const busy = new Set<UserId>()
      let overlaps = 0
      const handle: Handle = async (jobs) => {
        const mine = new Set(jobs.map((job) => job.author))
        for (const by of mine) {
          if (busy.has(by)) overlaps += 1
          busy.add(by)
        }
        for (const job of jobs) seen.get(job.author)!.push(job.id)
        await Promise.resolve()
        for (const by of mine) busy.delete(by)
        return jobs.map(() => 'done')
      }
      for (let i = 0; i < 30; i++) {
        const by = authors[i % 3]!
        put.get(by)!.push((await publish(by)).id)
        if (i === 10) for (let n = 0; n < 3; n++) work('job', handle)
      }
      await empty()
      await eventually(opened, () => busy.size === 0)
      expect(seen).toEqual(put)
      expect(overlaps).toBe(0)
    })

    test('[Q2] [Q4] a failed job comes again with one more try; meanwhile its author’s later ones wait', async () => {
      const [by, other] = [await author(), await author()]
      const first = await publish(by)
      const { handed, ids } = noting('job', (job) => (job.id === first.id && job.tries < 2 ? 'failed' : 'done'))
      await eventually(opened, () => ids().includes(first.id))
      const second = await publish(by)
      const third = await publish(other)
      await eventually(opened, () => ids().includes(third.id))
      expect(ids()).not.toContain(second.id)
      for (let i = 0; i < 3; i++) await opened.pass(jobRetryMs * 3)
      await empty()
      expect(handed.filter((job) => job.id === first.id).map((job) => job.tries)).toEqual([0, 1, 2])
      expect(ids().filter((id) => id === second.id)).toHaveLength(1)
    })

    test('[Q3] a handler that throws fails its whole batch', async () => {
      const by = await author()
      const jobs = [await publish(by), await publish(await author()), await publish(by)]
      const handed: QueuedJob[] = []
      let first = 0
      work('job', async (batch) => {
        handed.push(...batch)
        if (first === 0) {
          first = batch.length
          throw new Error('planned')
        }
        return batch.map(() => 'done')
      })
      await eventually(opened, () => first > 0)
      await opened.pass(jobRetryMs * 3)
      await empty()
      expect(handed.slice(0, first).map((job) => job.tries)).toEqual(handed.slice(0, first).map(() => 0))
      for (const job of handed.slice(0, first)) {
        expect(handed.filter(({ id }) => id === job.id).map((again) => again.tries)).toEqual([0, 1])
      }
      expect(new Set(handed.map((job) => job.id)).size).toBe(jobs.length)
    })

    test('[Q4] a job that waits comes again soon, without a try', async () => {
      const job = await publish(await author())
      let turns = 0
      const { handed } = noting('job', () => {
        turns += 1
        return turns < 3 ? 'wait' : 'done'
      })
      await eventually(opened, () => !queue().holds(job.id), 2_000)
      expect(handed.map(({ tries }) => tries)).toEqual(handed.map(() => 0))
      expect(handed.length).toBe(3)
    })

    test('[Q4] what goes on in the lane pages leaves the lane job, one at a time, behind what stands there', async () => {
      const [one, two] = [await publish(await author()), await publish(await author())]
      const small = noting('job', () => 'pages')
      await eventually(opened, () => small.handed.length === 2)
      const seen = new Set<MessageId>()
      const turns: MessageId[] = []
      const large = noting('pages', ({ id }) => {
        seen.add(id)
        // An engine may bring them by different ways: counted from when both are there.
        if (seen.size < 2) return 'pages'
        turns.push(id)
        return turns.filter((turn) => turn === id).length === 3 ? 'done' : 'pages'
      })
      await eventually(opened, () => turns.length === 6)
      await empty()
      expect(large.batches).toEqual(large.batches.map(() => 1))
      const [first, second] = turns[0] === one.id ? [one.id, two.id] : [two.id, one.id]
      expect(turns).toEqual([first, second, first, second, first, second])
      expect(small.handed).toHaveLength(2)
    })

    test('batches hold at most the stated number of jobs', async () => {
      const by = await author()
      for (let i = 0; i < fanoutBatchJobs + 10; i++) await queue().put(newJob(i % 2 ? by : await author()))
      const { handed, batches } = noting('job')
      await eventually(opened, () => handed.length === fanoutBatchJobs + 10)
      expect(Math.max(...batches)).toBeLessThanOrEqual(fanoutBatchJobs)
    })

    test('work ends at the signal, after the batch in hand; the rest stays for the next worker', async () => {
      const own = new AbortController()
      const gate = Promise.withResolvers<void>()
      const first = await publish(await author())
      const started = Promise.withResolvers<void>()
      let ended = false
      const worker = work(
        'job',
        async (jobs) => {
          started.resolve()
          await gate.promise
          return jobs.map(() => 'done')
        },
        own.signal,
      ).then(() => {
        ended = true
      })
      await started.promise
      const second = await publish(first.author)
      own.abort()
      await opened.pass(10)
      expect(ended).toBe(false)
      gate.resolve()
      await worker
      expect(queue().holds(first.id)).toBe(false)
      expect(queue().holds(second.id)).toBe(true)
      const { ids } = noting('job')
      await eventually(opened, () => ids().includes(second.id))
      expect(ids()).toEqual([second.id])
    })

    test('work that waits for jobs ends at the signal, and a signal that came before hands out nothing', async () => {
      const own = new AbortController()
      const idle = work('job', async (jobs) => jobs.map(() => 'done'), own.signal)
      await opened.pass(10)
      own.abort()
      await idle
      const job = await publish(await author())
      await work('job', async (jobs) => jobs.map(() => 'done'), AbortSignal.abort())
      expect(queue().holds(job.id)).toBe(true)
    })

    test('depth counts what waits and names the oldest', async () => {
      const by = await author()
      const jobs = [await publish(by), await publish(by), await publish(await author())]
      expect(await queue().depth()).toEqual({ jobs: 3, oldest: jobs[0]!.id })
      noting('job')
      await empty()
      await eventually(opened, () => !queue().holds(jobs[2]!.id))
    })

    test('[Q1] a job put again while it is held is not handed out to two workers at once', async () => {
      const job = await publish(await author())
      let inHand = 0
      let most = 0
      const handle: Handle = async (jobs) => {
        inHand += jobs.filter(({ id }) => id === job.id).length
        most = Math.max(most, inHand)
        expect(await queue().put(job)).toBe(true)
        await Promise.resolve()
        inHand -= jobs.filter(({ id }) => id === job.id).length
        return jobs.map(() => 'done')
      }
      expect(await queue().put(job)).toBe(true)
      work('job', handle)
      work('job', handle)
      await eventually(opened, () => most > 0 && inHand === 0)
      stop.abort()
      await Promise.all(workers)
      expect(most).toBe(1)
    })

    test('[Q5] a full queue refuses, and takes jobs again once some are done', async () => {
      const by = await author()
      let taken = 0
      let refused: Job | undefined
      while (refused === undefined && taken <= queueJobsMax) {
        const job = newJob(by)
        if (await queue().put(job)) taken += 1
        else refused = job
      }
      expect(taken).toBeLessThanOrEqual(queueJobsMax)
      expect(queue().holds(refused!.id)).toBe(false)
      const { handed } = noting('job')
      await eventually(opened, () => handed.length > 0 && !queue().holds(handed[0]!.id))
      expect(await queue().put(refused!)).toBe(true)
    })
  })
}
