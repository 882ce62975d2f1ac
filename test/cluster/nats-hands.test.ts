import { expect, test } from 'bun:test'
import { partitionOf } from '../../src/engines/cluster/nats/job-code.ts'
import { LaneHands } from '../../src/engines/cluster/nats/lane-hands.ts'
import type { Outcome } from '../../src/ports/queue.ts'
import { newJob, takeIds } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'

/** Hands whose stream answers acknowledgements as told. */
function hands(answers: boolean[] = []) {
  let acknowledged = 0
  const own = new LaneHands({
    lane: 'job',
    clock: new MovableClock(),
    acknowledge: async () => {
      acknowledged++
      return answers.shift() ?? true
    },
    move: async () => true,
    roomier: () => {},
  })
  return { own, acknowledged: () => acknowledged }
}

/** All partitions are surely ours. */
function confirmAll(own: LaneHands): void {
  for (const index of own.holdings.keys()) own.confirm(index, Number.POSITIVE_INFINITY)
}

const author = takeIds(1)[0]!
const partition = partitionOf(author)
const message = (sequence: number, count = 1) => ({
  key: `${sequence}.1`,
  sequence,
  partition,
  reply: `reply ${sequence}`,
  jobs: Array.from({ length: count }, () => ({ job: newJob(author), nextPage: undefined })),
})

function work(own: LaneHands, outcome: () => Outcome | Promise<Outcome> = () => 'done') {
  const stop = new AbortController()
  const ids: number[] = []
  const working = own.work(async (jobs) => {
    ids.push(...jobs.map(({ id }) => id))
    const answer = await outcome()
    return jobs.map(() => answer)
  }, stop.signal)
  return {
    ids,
    async end() {
      stop.abort()
      await working
    },
  }
}

test('an acknowledgement that is not answered in time is sent again: what is held gets room', async () => {
  const { own, acknowledged } = hands([false, false])
  confirmAll(own)
  const parcel = message(1, 3)
  own.arrive(parcel)
  expect(own.holdings[partition]!.jobs).toBe(3)
  const worker = work(own)
  await until(() => own.holdings[partition]!.jobs === 0)
  expect(acknowledged()).toBe(3)
  expect(parcel.jobs.map(({ job }) => own.holds(job.id))).toEqual([false, false, false])
  await worker.end()
})

test('what comes again while it is in hand, or done, is not handed out again', async () => {
  const { own, acknowledged } = hands([false])
  confirmAll(own)
  const gate = Promise.withResolvers<Outcome>()
  const worker = work(own, () => gate.promise)
  const parcel = message(1)
  own.arrive(parcel)
  await until(() => worker.ids.length === 1)
  own.lose(partition)
  own.arrive(parcel)
  gate.resolve('done')
  await until(() => acknowledged() === 1)
  own.arrive(parcel)
  await until(() => own.holdings[partition]!.parcels.size === 0)
  expect(worker.ids).toEqual(parcel.jobs.map(({ job }) => job.id))
  await worker.end()
})

test('[Q2] what is lost before a handler had it comes again in its place', async () => {
  const { own } = hands()
  const [first, second, third] = [message(1), message(2), message(3)]
  for (const parcel of [first, second]) own.arrive(parcel)
  own.lose(partition)
  expect(own.holds(first.jobs[0]!.job.id)).toBe(false)
  for (const parcel of [first, second, third]) own.arrive(parcel)
  confirmAll(own)
  const worker = work(own)
  await until(() => worker.ids.length === 3)
  expect(worker.ids).toEqual([first, second, third].map(({ jobs }) => jobs[0]!.job.id))
  await worker.end()
})

test('nothing is handed out of a partition that may be another’s by now, and everything once it is ours', async () => {
  const { own } = hands()
  for (const index of own.holdings.keys()) own.confirm(index, 0)
  own.arrive(message(1))
  const worker = work(own)
  await new Promise((resolve) => setImmediate(resolve))
  expect(worker.ids).toEqual([])
  confirmAll(own)
  await until(() => worker.ids.length === 1)
  await worker.end()
})
