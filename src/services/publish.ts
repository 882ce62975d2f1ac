import { type MessageId, timeOf, type UserId } from '../core/ids.ts'
import {
  clocksApartMaxMs,
  offerWithinMs,
  publishesPerAuthorMax,
  publishesWaitingPerAuthorMax,
  storeWithinMs,
  textBytesMax,
} from '../core/limits.ts'
import { linkOf } from '../core/message.ts'
import { Refusal, type RefusalCode } from '../core/refusal.ts'
import type { BoostStore } from '../ports/boosts.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Claim, Idempotency } from '../ports/idempotency.ts'
import type { Job, MessageRecord, MessageStore, Mode } from '../ports/messages.ts'
import type { Queue } from '../ports/queue.ts'
import type { AttachMedia } from './attach-media.ts'
import type { Bodies } from './bodies.ts'
import { createWithin } from './deadlines.ts'
import type { RemoveMessage } from './delete.ts'
import type { Content, Draft, ReadDraft } from './draft.ts'
import type { IdSource } from './id-source.ts'
import { createOneByOne } from './one-by-one.ts'
import type { TellResponses } from './responses.ts'
import type { Visibility } from './visibility.ts'

export interface Published extends MessageRecord {
  /** A boost that the author had made before. */
  readonly again?: boolean
}

/**
 * Publishes a message: resolves once it is durable. With `key` (an Idempotency-Key) a repeat resolves to the first
 * success's message as it is now, whatever it says itself: also where it gives no draft but a refusal. A message that the
 * author boosts already resolves to that boost. Throws `text_empty`, `text_too_long`, `overloaded`, `rate_limited` (too
 * many of one author under way), `disk_full`, `unavailable`, `no_such_message` (what it answers or boosts is gone, or the
 * first success's message was deleted since).
 */
export type Publish = (author: UserId, draft: Draft | Refusal, key?: string) => Promise<Published>

/** An author stays hot until their followers fall below this share of the threshold, so that none flips at its edge. */
export const hotUntilShare = 0.8

/** Whether an author with so many followers publishes as a hot one, given the mode of the newest message. */
export function isHot(followers: number, former: Mode, hotFollowers: number): boolean {
  return followers > hotFollowers || (former === 'hot' && followers > hotFollowers * hotUntilShare)
}

/** The store's refusals after which nothing was written, now or later. */
const nothingWritten: ReadonlySet<RefusalCode> = new Set(['disk_full', 'overloaded'])

function mustBeText(text: string, media: readonly string[] | undefined): void {
  if (text.length === 0 && media === undefined)
    throw new Refusal('text_empty', 'Give a text of at least one character.', { field: 'text' })
  if (text.length * 3 > textBytesMax && Buffer.byteLength(text) > textBytesMax) {
    throw new Refusal('text_too_long', `Shorten the text to ${textBytesMax} bytes of UTF-8 at most.`, { field: 'text' })
  }
}

/** One author's publishes in this process. */
interface Lane {
  underWay: number
  /** Called when another one has ended, whose place it takes. */
  readonly waiting: (() => void)[]
}

async function turn({ waiting }: Lane): Promise<void> {
  if (waiting.length >= publishesWaitingPerAuthorMax) {
    throw new Refusal('rate_limited', 'Too many of your messages are under way; wait for their answers.', {
      retryAfterSeconds: 1,
    })
  }
  await new Promise<void>((taken) => waiting.push(taken))
}

/** What fixes a message's id before anything is written: an Idempotency-Key, or that one boosts a message but once. */
interface Entry {
  claim(job: Job): Promise<Claim & { mine: boolean }>
  /** `done`: as the entry was seen. */
  move(from: MessageId, done: boolean, job: Job): Promise<boolean>
  finish(id: MessageId): Promise<boolean>
  /** The same without a compare, while nobody can have moved the entry. */
  finishUnmoved?(id: MessageId): Promise<void>
  /** Whether an entry that is done makes way for a new id once its message is gone. */
  readonly renews: boolean
}

const tooSlow = () =>
  new Refusal('unavailable', 'Storing took too long; try again in a moment.', { retryAfterSeconds: 1 })

export function createPublish({
  messages,
  idempotency,
  boosts,
  graph,
  queue,
  bodies,
  visibility,
  readDraft,
  attachMedia,
  tellResponses,
  removeMessage,
  ids,
  clock,
  admit,
  hotFollowers,
}: {
  messages: Pick<MessageStore, 'store' | 'abandon' | 'many' | 'tips'>
  idempotency: Pick<Idempotency, 'claim' | 'find' | 'move' | 'finish' | 'finishUnmoved'>
  boosts: Pick<BoostStore, 'claim' | 'move' | 'finish'>
  graph: Pick<FollowGraph, 'followerCount'>
  queue: Pick<Queue, 'put'>
  bodies: Pick<Bodies, 'many' | 'put' | 'remove'>
  visibility: Pick<Visibility, 'seen'>
  readDraft: ReadDraft
  attachMedia: Pick<AttachMedia, 'attach'>
  tellResponses: TellResponses
  removeMessage: RemoveMessage
  ids: IdSource
  clock: Clock
  /** Back-pressure: resolves when the author may publish, or throws `overloaded`. */
  admit: (author: UserId) => Promise<void>
  hotFollowers: number
}): Publish {
  const within = createWithin(clock)
  const lanes = new Map<UserId, Lane>()
  const oneByOne = createOneByOne<string>(clock)

  /** Decides once, before anything is written, how the message will reach its readers and what it comes after. */
  async function plan(author: UserId): Promise<Job> {
    const [last, followers] = await Promise.all([messages.tips(author), graph.followerCount(author)])
    const { newest, mode: former, tips } = last
    const id = await ids.take(newest)
    const mode: Mode = isHot(followers, former, hotFollowers) ? 'hot' : 'pushed'
    // What is long done need not be waited for and is no tip any more, but a gateway may have missed it all the same.
    const turned = newest > 0 && former !== mode
    const crossed = turned || tips.some((tip) => tip.mode !== mode)
    return { id, author, mode, prev: tips.map((tip) => tip.id), crossed }
  }

  /** True when stored within the time an id is good for, false when that time has passed; throws what the store throws. */
  async function inTime(job: Job, storing: Promise<void>): Promise<boolean> {
    return (await within(storing, timeOf(job.id) + storeWithinMs)) !== 'late'
  }

  /** An id whose fate is unknown stays in flight, so that no watermark passes it, until its rows are surely gone. */
  async function abandon(job: Job, linked?: MessageId): Promise<void> {
    ids.adopt(job.id)
    for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
      try {
        await messages.abandon(job.id, job.author)
        // Afterwards: until then a reader may have found it in the store and put it back.
        bodies.remove(job.id)
        ids.settle(job.id)
        return linked === undefined ? undefined : await tellResponses(linked)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        await clock.sleep(pause)
      }
    }
  }

  /** Offers a stored message's job to the queue; one that is not taken in time is found by the sweeper in its outbox row. */
  async function offer(job: Job): Promise<void> {
    ids.settle(job.id)
    let answered = false
    const answer = () => {
      answered = true
    }
    const put = queue.put(job).then(answer, answer)
    // A queue in this process has answered by now, and needs no timer.
    await Promise.resolve()
    await Promise.resolve()
    if (answered) return
    const waiting = new AbortController()
    await Promise.race([put, clock.sleep(offerWithinMs, waiting.signal)])
    waiting.abort()
  }

  /** Nothing is written of a message whose media it cannot have, and its id is free. */
  async function attach({ media }: Content, id: MessageId): Promise<void> {
    if (media === undefined) return
    await attachMedia.attach(media, id).catch((error: unknown) => {
      ids.settle(id)
      throw error
    })
  }

  async function publishOnce(author: UserId, content: Content): Promise<Published> {
    const { bodyFor, linked } = content
    const job = await plan(author)
    if (content.media !== undefined) await attach(content, job.id)
    const body = bodyFor(job.id)
    let stored = false
    try {
      stored = await inTime(job, messages.store({ ...job, body }))
    } catch (error) {
      // Refused before anything was written: the id is free. Otherwise its rows may be there, or land later.
      if (error instanceof Refusal && nothingWritten.has(error.code)) ids.settle(job.id)
      else void abandon(job, linked)
      throw error
    }
    if (!stored) {
      void abandon(job, linked)
      throw tooSlow()
    }
    const record = { id: job.id, author, body }
    bodies.put(record)
    await offer(job)
    if (linked !== undefined) await tellResponses(linked)
    return record
  }

  /** The message of a finished entry, as it is now; `again` is told where it is so. */
  async function finished(job: Job, again = false): Promise<Published> {
    const [record] = await messages.many([job.id])
    const isBoost = record && linkOf(record.body)?.kind === 'boost'
    // A boost goes with what it boosts, from the sight of whom that is hidden from too.
    const there = isBoost ? (await visibility.seen(job.author, await bodies.many([job.id]))).length > 0 : true
    if (record === undefined || !there) {
      throw new Refusal('no_such_message', 'The message that this Idempotency-Key made has been deleted since.')
    }
    return again ? { ...record, again } : record
  }

  /** What the key has made before; undefined where that is nothing. */
  async function madeBefore(author: UserId, key: string | undefined): Promise<Published | undefined> {
    const claim = key === undefined ? undefined : await idempotency.find(author, key)
    if (!claim?.done) return undefined
    const { id, prev } = claim.job
    return finished(claim.job, prev.includes(id))
  }

  /** What the key has made before; where that is nothing, the new body's refusal. */
  async function repeated(author: UserId, key: string | undefined, refusal: unknown): Promise<Published> {
    if (!(refusal instanceof Refusal)) throw refusal
    const made = await madeBefore(author, key)
    if (made === undefined) throw refusal
    return made
  }

  const keyEntry = (author: UserId, key: string): Entry => ({
    claim: (job) => idempotency.claim(author, key, job, clock.now()),
    move: (from, _, job) => idempotency.move(author, key, from, job),
    finish: (id) => idempotency.finish(author, key, id),
    finishUnmoved: (id) => idempotency.finishUnmoved(author, key, id),
    renews: false,
  })

  const boostEntry = (author: UserId, original: MessageId): Entry => ({
    claim: (job) => boosts.claim(author, original, job),
    move: (from, done, job) => boosts.move(author, original, from, done, job),
    finish: (id) => boosts.finish(author, original, id),
    renews: true,
  })

  /**
   * Boosts once. With a key, that is claimed for the boost when it is there: a try that ended before finds the boost itself.
   * An entry that comes after its own message says that the key made nothing new.
   */
  async function boost(author: UserId, content: Content, original: MessageId, key: string | undefined) {
    const before = await madeBefore(author, key)
    if (before !== undefined) return before
    const published = await publishAs(author, content, boostEntry(author, original))
    if (key === undefined) return published
    const prev = published.again ? [published.id] : []
    const job: Job = { id: published.id, author, mode: 'pushed', prev, crossed: false }
    const claim = await idempotency.claim(author, key, job, clock.now())
    if (claim.job.id === job.id) await idempotency.finish(author, key, job.id)
    else if (claim.done) {
      // Another try was first, and its boost has been taken back since: this one came too late to make another.
      if (!published.again) await removeMessage(published)
      return finished(claim.job)
    }
    return published
  }

  async function publishAs(author: UserId, content: Content, entry: Entry): Promise<Published> {
    const planned = await plan(author)
    // A claim that failed may have been made all the same: a retry finds it, under an id that nothing was written for.
    const claimed = entry.claim(planned)
    let { job, done, mine } = await claimed.finally(() => ids.settle(planned.id))
    for (;;) {
      const stored = !mine && (await messages.many([job.id]))[0] !== undefined
      // Of a key it is what its first success was; of a boost, whoever did not make it is told that it was there.
      const again = entry.renews ? !mine : job.prev.includes(job.id)
      if (done && (stored || !entry.renews)) return await finished(job, again)
      if (!done && (stored || clock.now() - timeOf(job.id) < storeWithinMs)) {
        const record = stored ? undefined : await storeAs(author, entry, job, content)
        // The id is of this call, so the text is, and nobody was told of it yet. Of a former try it may be another one.
        if (record !== undefined && mine) bodies.put(record)
        if (await finish(entry, job.id)) {
          await offer(job)
          if (content.linked !== undefined) await tellResponses(content.linked)
          if (record !== undefined && mine) return record
          return await finished(job, again)
        }
      } else {
        const next = await plan(author)
        if (await move(entry, { job, done }, next, content.linked)) {
          job = next
          done = false
          mine = true
          continue
        }
        ids.settle(next.id)
      }
      ;({ job, done, mine } = { ...(await entry.claim(job)), mine: false })
    }
  }

  /**
   * Of an id whose message is stored. Nobody moves an entry on before its id is `storeWithinMs` old by their clock: so until
   * shortly before that, by ours, there is nothing to compare. Whoever moves it later sees that it was finished.
   */
  async function finish(entry: Entry, id: MessageId): Promise<boolean> {
    const unmoved = () => clock.now() < timeOf(id) + storeWithinMs - 2 * clocksApartMaxMs
    if (entry.finishUnmoved !== undefined && unmoved()) {
      await entry.finishUnmoved(id)
      if (unmoved()) return true
    }
    return entry.finish(id)
  }

  /** Moves an entry on to a new id, after which the old one's rows may go, and a write of them that lands late. */
  async function move(entry: Entry, { job, done }: Claim, next: Job, linked: MessageId | undefined): Promise<boolean> {
    try {
      const moved = await entry.move(job.id, done, next)
      if (moved) void abandon(job, linked)
      return moved
    } catch (error) {
      ids.settle(next.id)
      void abandonMoved(entry, job, linked)
      throw error
    }
  }

  /** After a move of unknown outcome: an entry never comes back to an id that it left, and that id was never answered. */
  async function abandonMoved(entry: Entry, job: Job, linked: MessageId | undefined): Promise<void> {
    for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
      try {
        const claim = await entry.claim(job)
        return claim.job.id === job.id ? undefined : await abandon(job, linked)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        await clock.sleep(pause)
      }
    }
  }

  /** Stores under an id that an entry names. A failed try leaves the entry: a retry finishes this id, or moves the entry. */
  async function storeAs(author: UserId, entry: Entry, job: Job, content: Content): Promise<MessageRecord> {
    const record = { id: job.id, author, body: content.bodyFor(job.id) }
    ids.adopt(job.id)
    if (content.media !== undefined) await attach(content, job.id)
    const storing = messages.store({ ...job, body: record.body })
    try {
      if (!(await inTime(job, storing))) throw tooSlow()
      // Its outbox row holds the watermark from here on, whatever becomes of the key.
      ids.settle(job.id)
      return record
    } catch (error) {
      if (error instanceof Refusal && nothingWritten.has(error.code)) ids.settle(job.id)
      else void outlive(author, entry, job, content.linked, storing)
      throw error
    }
  }

  /**
   * The write of a failed try may still land, however late: the id stays in flight until it is stored, or surely gone. Once
   * the store has answered, and no retry may write it any more, the entry is moved on, as a retry would do, to an id that
   * nothing is written for. Not before: should this process end between the two, what lands then would be a second message.
   */
  async function outlive(
    author: UserId,
    entry: Entry,
    job: Job,
    linked: MessageId | undefined,
    storing: Promise<void>,
  ): Promise<void> {
    await storing.catch(() => {})
    await clock.sleep(Math.max(0, timeOf(job.id) + storeWithinMs - clock.now()))
    // Another try of this process may have settled it.
    ids.adopt(job.id)
    for (let pause = 100; ; pause = Math.min(pause * 2, 5_000)) {
      try {
        const claim = await entry.claim(job)
        if (claim.job.id !== job.id) return await abandon(job, linked)
        // From here on its outbox row holds the watermark.
        if (claim.done || (await messages.many([job.id]))[0] !== undefined) return ids.settle(job.id)
        const next = await plan(author)
        const moved = await entry.move(job.id, false, next).finally(() => ids.settle(next.id))
        if (moved) return await abandon(job, linked)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
      }
      await clock.sleep(pause)
    }
  }

  async function publishInLane(author: UserId, draft: Draft | Refusal, key: string | undefined): Promise<Published> {
    if (draft instanceof Refusal) return repeated(author, key, draft)
    if (draft.boostOf === undefined) mustBeText(draft.text, draft.media)
    const lane = lanes.get(author) ?? { underWay: 0, waiting: [] }
    if (lane.underWay === 0) lanes.set(author, lane)
    if (lane.underWay < publishesPerAuthorMax) lane.underWay++
    else await turn(lane)
    try {
      let content = readDraft(author, draft)
      if (content instanceof Promise) {
        try {
          content = await content
        } catch (error) {
          return await repeated(author, key, error)
        }
      }
      await admit(author)
      if (content.boostOf !== undefined) return await boost(author, content, content.boostOf, key)
      return await (key === undefined
        ? publishOnce(author, content)
        : publishAs(author, content, keyEntry(author, key)))
    } finally {
      if (lane.waiting.length > 0) lane.waiting.shift()!()
      else if (--lane.underWay === 0) lanes.delete(author)
    }
  }

  /** Tries of one key wait for each other, so that all are answered as the first that succeeds. */
  return function publish(author, draft, key) {
    if (key === undefined) return publishInLane(author, draft, key)
    return oneByOne(`${author} ${key}`, () => publishInLane(author, draft, key))
  }
}
