import type { MessageId } from '../core/ids.ts'
import { doneIdsKeptMax, jobTriesMax } from '../core/limits.ts'
import { RecentMap } from '../core/recent-map.ts'
import { Refusal } from '../core/refusal.ts'
import type { Bus } from '../ports/bus.ts'
import type { FollowGraph, ReaderNumbers } from '../ports/graph.ts'
import type { HotLog } from '../ports/hot-log.ts'
import { type Delivered, type Inbox, PartlyDelivered } from '../ports/inbox.ts'
import type { MessageRecord, MessageStore } from '../ports/messages.ts'
import type { OutboxRow, OutboxRows } from '../ports/outbox-rows.ts'
import type { Outcome, QueuedJob } from '../ports/queue.ts'
import type { SearchIndex } from '../ports/search.ts'
import type { Notify } from './notify.ts'

/**
 * Carries messages to inboxes and gateways: one page of followers a job and turn. [F1] A job is done only after all its
 * deliveries, and once the search index has its message. [F2] It starts only when every `prev` is done. [F3] A job whose message is gone delivers nothing and is
 * done; one that crosses from one log to the other goes its way as a gap that is passed over. [F4] A job that keeps failing while its engines answer is dead after `jobTriesMax` tries, and holds nobody up.
 */
export interface Fanout {
  /** For the queue's lane `job`: a batch, in order. */
  jobs(batch: QueuedJob[]): Promise<Outcome[]>
  /** For the lane `pages`: the next page of one job. */
  page(batch: QueuedJob[]): Promise<Outcome[]>
  /** Does a job that was given up once more, all of its pages at once; throws what it fails with, and then it stays dead. */
  again(id: MessageId): Promise<void>
  stats(): { jobs: number; deliveries: number; dead: number }
}

/** A page of one message's readers, waiting to be delivered together with others of the batch. */
interface Pending {
  readonly job: QueuedJob
  readonly readers: ReaderNumbers
  readonly next: string | undefined
  /** Undefined where it is gone and its job goes on as a gap. */
  readonly message: MessageRecord | undefined
  /** Whether this is the first page, and anybody may follow the author with `notify`. */
  readonly first: boolean
  readonly notifies: boolean
}

interface WithMessage extends Pending {
  readonly message: MessageRecord
}

const hasMessage = (one: Pending): one is WithMessage => one.message !== undefined
const begins = (one: Pending): one is WithMessage => one.first && hasMessage(one)

export function createFanout({
  messages,
  outboxRows,
  graph,
  inbox,
  hotLog,
  search,
  bus,
  notify = () => undefined,
  visible = () => {},
  log,
}: {
  messages: Pick<MessageStore, 'many' | 'abandon'>
  outboxRows: Pick<OutboxRows, 'row' | 'progress' | 'done' | 'dead' | 'watermark'>
  graph: Pick<FollowGraph, 'fanoutPage'>
  inbox: Pick<Inbox, 'deliver'>
  hotLog: Pick<HotLog, 'append'>
  search: Pick<SearchIndex, 'add'>
  bus: Pick<Bus, 'publish'>
  /** [F5] Told of each message before its first page counts as done. */
  notify?: Notify
  /** Told of each message whose last follower has it: accepted is not visible, and both are measured. */
  visible?: (id: MessageId) => void
  log: (problem: string, error: unknown) => void
}): Fanout {
  /** Jobs under way in this process, in either lane. */
  const inHands = new Set<MessageId>()
  /** Large authors' jobs of which a page was delivered here and others wait in the lane `pages`. */
  const largeUnderWay = new Set<MessageId>()
  /** Ids of which it is known that they are done, for good: each of many messages at once may name each of many before. */
  const known = new RecentMap<MessageId, true>(doneIdsKeptMax)
  const stats = { jobs: 0, deliveries: 0, dead: 0 }

  async function finish(finished: readonly Pending[]): Promise<void> {
    await search.add(finished.filter(hasMessage).map(({ message }) => message))
    const ids = finished.map(({ job }) => job.id)
    await outboxRows.done(ids)
    for (const id of ids) known.set(id, true)
  }

  /** The row of a message that is still to be done; undefined where nobody has to wait for it. */
  async function undone(id: MessageId): Promise<OutboxRow | undefined> {
    if (known.get(id)) return undefined
    const row = await outboxRows.row(id)
    if (!row?.done) return row
    known.set(id, true)
    return undefined
  }

  function tell(pending: readonly Pending[], delivered: readonly Delivered[]): void {
    if (delivered.length === 0) return
    const jobs = new Map(pending.map(({ job }) => [job.id, job]))
    const byGateway = new Map<string, Map<MessageId, number[]>>()
    for (const { gateway, id, reader, epoch, position } of delivered) {
      let byMessage = byGateway.get(gateway)
      if (byMessage === undefined) byGateway.set(gateway, (byMessage = new Map()))
      const to = byMessage.get(id)
      if (to === undefined) byMessage.set(id, [reader, epoch, position])
      else to.push(reader, epoch, position)
    }
    for (const [gateway, byMessage] of byGateway) {
      for (const [id, to] of byMessage) {
        const { author, crossed } = jobs.get(id)!
        bus.publish(gateway, { kind: 'delivered', id, author, crossed, to })
      }
    }
  }

  /** Delivers what is pending and marks done what has no further page. */
  async function deliver(pending: readonly Pending[]): Promise<void> {
    if (pending.length === 0) return
    try {
      tell(pending, await inbox.deliver(pending.map(({ job, readers }) => ({ id: job.id, readers }))))
    } catch (error) {
      if (error instanceof PartlyDelivered) tell(pending, error.delivered)
      throw error
    }
    const telling = notify(pending.filter(begins))
    if (telling !== undefined) await telling
    const finished: Pending[] = []
    for (const one of pending) {
      stats.deliveries += one.readers.length
      if (one.next === undefined) finished.push(one)
      else await outboxRows.progress(one.job.id, one.next)
    }
    if (finished.length > 0) await finish(finished)
    stats.jobs += finished.length
    for (const { job } of finished) visible(job.id)
  }

  /** Reads and delivers one page of a job's readers. */
  async function deliverPage(job: QueuedJob, from: string | undefined, message: MessageRecord | undefined) {
    const page = await graph.fanoutPage(job.author, from)
    await deliver([{ job, ...page, message, first: from === undefined }])
    return page
  }

  /** The hot log takes the message; of the inboxes only the author's own does. */
  async function appear(job: QueuedJob, message: MessageRecord | undefined): Promise<void> {
    const { position } = await hotLog.append(job.id, job.author, job.crossed)
    bus.publish('all', { kind: 'hot', position })
    const { readers, notifies } = await graph.fanoutPage(job.author, undefined)
    await deliver([{ job, readers: readers.subarray(0, 1), next: undefined, message, first: true, notifies }])
  }

  /**
   * A job whose message is gone; resolves to whether it is done by that. Not where it crosses from one log to the other: the
   * author's next message, which does not, would not tell gateways to read both.
   */
  async function empty(job: QueuedJob): Promise<boolean> {
    // Once more, so that a write that lands late loses.
    await messages.abandon(job.id, job.author)
    if (job.crossed) return false
    await outboxRows.done([job.id])
    stats.jobs++
    return true
  }

  /**
   * Does the next unit of a job that others wait for, out of its outbox row: all of it, or one page of a large author's.
   * Resolves to whether the job is finished.
   */
  async function step(row: OutboxRow): Promise<boolean> {
    const job: QueuedJob = { ...row, tries: 0 }
    inHands.add(job.id)
    try {
      for (const id of job.prev) {
        const before = await undone(id)
        if (before !== undefined && !(await step(before))) return false
      }
      const [message] = await messages.many([job.id])
      if (message === undefined && (await empty(job))) {
        // Done.
      } else if (job.mode === 'hot') await appear(job, message)
      else {
        const { next } = await deliverPage(job, job.nextPage, message)
        if (next !== undefined) {
          largeUnderWay.add(job.id)
          return false
        }
      }
      largeUnderWay.delete(job.id)
      return true
    } finally {
      inHands.delete(job.id)
    }
  }

  /** What `prev` allows a job now. Undone ones in nobody's hands are worked on first; waiting is not a failed try. */
  async function turn(job: QueuedJob, lane: 'job' | 'pages', ahead: ReadonlySet<MessageId>): Promise<'go' | Outcome> {
    if (job.prev.length === 0) return 'go'
    const watermark = await outboxRows.watermark()
    for (const id of job.prev) {
      if (id < watermark || ahead.has(id)) continue
      const row = await undone(id)
      if (row === undefined) continue
      if (inHands.has(id)) return 'wait'
      if (lane === 'job' && largeUnderWay.has(id)) return 'pages'
      if (!(await step(row))) return 'pages'
    }
    return 'go'
  }

  async function settle(job: QueuedJob, error: unknown): Promise<Outcome> {
    if (error instanceof Refusal && error.status === 503) return 'failed'
    log(`fan-out of message ${job.id} failed (try ${job.tries + 1})`, error)
    if (job.tries + 1 < jobTriesMax) return 'failed'
    await outboxRows.dead(job.id, error instanceof Error ? error.message : String(error))
    stats.dead++
    return 'done'
  }

  async function jobs(batch: QueuedJob[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = new Array(batch.length).fill('failed')
    const there = await messages.many(batch.map((job) => job.id))
    let pending: Pending[] = []
    let pendingAt: number[] = []
    const ahead = new Set<MessageId>()
    // Side by side, where each is a question to the store. What follows later than the message was published gets it by a backfill.
    const pages = batch.map((job, i) => {
      if (job.mode === 'hot' || (there[i] === undefined && !job.crossed)) return undefined
      const page = graph.fanoutPage(job.author, job.nextPage)
      // What fails is met where the page is wanted.
      page.catch(() => {})
      return page
    })

    async function flush(): Promise<void> {
      const [now, at] = [pending, pendingAt]
      pending = []
      pendingAt = []
      ahead.clear()
      try {
        await deliver(now)
        now.forEach(({ job, next }, i) => {
          outcomes[at[i]!] = next === undefined ? 'done' : 'pages'
          if (next !== undefined) largeUnderWay.add(job.id)
        })
      } catch (error) {
        for (let i = 0; i < now.length; i++) outcomes[at[i]!] = await settle(now[i]!.job, error)
      } finally {
        for (const { job } of now) inHands.delete(job.id)
      }
    }

    for (let i = 0; i < batch.length; i++) {
      const job = batch[i]!
      if (inHands.has(job.id)) {
        // Another job found this one undone and is finishing it.
        outcomes[i] = 'wait'
        continue
      }
      try {
        // Hot and empty jobs are done at once, so what they come after may not be pending any more.
        const atOnce = job.mode === 'hot' || there[i] === undefined
        if (atOnce && job.prev.some((id) => ahead.has(id))) await flush()
        const turnOf = await turn(job, 'job', ahead)
        if (turnOf !== 'go') {
          outcomes[i] = turnOf
          continue
        }
        inHands.add(job.id)
        if (there[i] === undefined && (await empty(job))) {
          // Done.
        } else if (job.mode === 'hot') await appear(job, there[i])
        else {
          const { readers, next, notifies } = (await pages[i])!
          pending.push({ job, readers, next, notifies, message: there[i], first: job.nextPage === undefined })
          pendingAt.push(i)
          // Only a job that ends with this page lets the author's next one follow in the same batch.
          if (next === undefined) ahead.add(job.id)
          else await flush()
          continue
        }
        inHands.delete(job.id)
        outcomes[i] = 'done'
      } catch (error) {
        inHands.delete(job.id)
        outcomes[i] = await settle(job, error)
      }
    }
    await flush()
    return outcomes
  }

  async function page(batch: QueuedJob[]): Promise<Outcome[]> {
    const job = batch[0]!
    if (inHands.has(job.id)) return ['wait']
    inHands.add(job.id)
    try {
      const row = await outboxRows.row(job.id)
      if (row === undefined || row.done) {
        largeUnderWay.delete(job.id)
        return ['done']
      }
      const turnOf = await turn(job, 'pages', none)
      if (turnOf !== 'go') return [turnOf]
      const [message] = await messages.many([job.id])
      if (message === undefined && (await empty(job))) {
        largeUnderWay.delete(job.id)
        return ['done']
      }
      if (job.mode === 'hot') {
        await appear(job, message)
        return ['done']
      }
      const { next } = await deliverPage(job, row.nextPage, message)
      if (next !== undefined) largeUnderWay.add(job.id)
      else largeUnderWay.delete(job.id)
      return [next === undefined ? 'done' : 'pages']
    } catch (error) {
      return [await settle(job, error)]
    } finally {
      inHands.delete(job.id)
    }
  }

  async function again(id: MessageId): Promise<void> {
    const row = await outboxRows.row(id)
    const [message] = await messages.many([id])
    if (row === undefined || message === undefined) return outboxRows.done([id])
    const job: QueuedJob = { ...row, tries: 0 }
    if (job.mode === 'hot') return appear(job, message)
    for (let from = row.nextPage; ; ) {
      const { next } = await deliverPage(job, from, message)
      if (next === undefined) return
      from = next
    }
  }

  return { jobs, page, again, stats: () => ({ ...stats }) }
}

const none: ReadonlySet<MessageId> = new Set()
