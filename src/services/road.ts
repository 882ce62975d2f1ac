import type { Id, MessageId, UserId } from '../core/ids.ts'
import { idAt } from '../core/ids.ts'
import { type Keep, keptFrom } from '../core/keep.ts'
import { activityEveryMs, clocksApartMaxMs, hotLogAgeMs, idempotencyAgeMs, inviteKeptMs } from '../core/limits.ts'
import { linkOf } from '../core/message.ts'
import { Refusal } from '../core/refusal.ts'
import type { Chance } from '../ports/chance.ts'
import type { Clock } from '../ports/clock.ts'
import type { Engine } from '../ports/engine.ts'
import { type MediaStore, notThere } from '../ports/media.ts'
import type { MessageRecord } from '../ports/messages.ts'
import { createAdmit } from './admit.ts'
import { createArrivals } from './arrivals.ts'
import { createAttachMedia } from './attach-media.ts'
import { type AuthorMessages, createAuthorMessages, createOneMessage, type OneMessage } from './author-messages.ts'
import { type Bodies, createBodies, isWhole } from './bodies.ts'
import { type Boosts, createBoosts } from './boosts.ts'
import { createDeleteMessage, createRemoveMessage, type DeleteMessage, type RemoveMessage } from './delete.ts'
import { createReadDraft } from './draft.ts'
import { createFanout, type Fanout } from './fanout.ts'
import { createIdSource, type IdSource } from './id-source.ts'
import { createKeptPages } from './kept-pages.ts'
import { createLowWatermark, createSharedWatermark, type LowWatermark } from './marks.ts'
import { createNotifications, type Notifications } from './notifications.ts'
import { createNotificationMaker, createNotify, type Hidden } from './notify.ts'
import { type ActivityWork, createActivityWork } from './notify-activity.ts'
import { createPages } from './pages.ts'
import { createPresent, type Present } from './present.ts'
import { createPublish, type Publish } from './publish.ts'
import { createEnsureInbox } from './rebuild.ts'
import { createReplies, type Replies } from './replies.ts'
import { createTellResponses } from './responses.ts'
import { createRetain, type Retain } from './retention.ts'
import { createSearch, type Search } from './search.ts'
import { createStandIn } from './stand-in.ts'
import { createSweep, type Sweep } from './sweep.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import { createVisibility, type Visibility } from './visibility.ts'

export interface RoadOptions {
  readonly clock: Clock
  readonly chance: Chance
  /** Ready `Author` JSON; a promise only when it is not at hand. */
  readonly authorJson: (author: number) => string | Promise<string>
  /** Changes whenever what `authorJson` gives does; without it, that never changes. */
  readonly authorsVersion?: () => number
  readonly hotFollowers: number
  readonly dormantAfterMs: number
  /** Bound of the message cache, in bytes. */
  readonly bodiesBytesMax: number
  readonly log: (problem: string, error: unknown) => void
  /** Told of each message whose fan-out is done. */
  readonly visible?: (id: Id) => void
  /** Whether an author is hidden from everybody; without it, nobody is. */
  readonly withdrawn?: (author: UserId) => boolean
  /** The smallest id in flight on any live node; without it, as the members tell. */
  readonly lowestInFlight?: () => Id
  /** Whether the queue outlives this process; without it, what is undone at a start is in no queue. */
  readonly lastingQueue?: boolean
  /** Batches of fan-out jobs in work at once; without it one, which is enough where no engine is waited for. */
  readonly fanoutBatches?: number
  /** What is kept; without it, all. */
  readonly keep?: Keep
  /** Takes away the media of a deleted message, and never rejects; without it, their bytes are left to others. */
  readonly mediaGone?: (ids: readonly string[], message: MessageId) => Promise<void>
}

/** The road of a message in one process: every service between an accepted text and a reader's page, wired over an engine. */
export interface Road {
  readonly ids: IdSource
  readonly bodies: Bodies
  readonly present: Present
  readonly publish: Publish
  readonly deleteMessage: DeleteMessage
  readonly removeMessage: RemoveMessage
  readonly unboost: Boosts['unboost']
  readonly replies: Replies
  readonly timeline: Timeline
  readonly visibility: Visibility
  /** For gateways, which compare their sockets' places with the heads. */
  readonly lowWatermark: LowWatermark
  readonly authorMessages: AuthorMessages
  readonly oneMessage: OneMessage
  readonly search: Search
  readonly notifications: Notifications
  /** Notifications made, activity worked off, and the time (Unix ms) of the oldest that waited at the last look. */
  readonly notificationStats: () => { made: number } & ReturnType<ActivityWork['stats']>
  readonly fanout: Fanout
  readonly sweep: Sweep
  readonly retain: Retain
  /**
   * Works until `signal` aborts: fan-out in both lanes, and, where this process leads, the sweeper and what is thrown away
   * by age.
   */
  run(signal: AbortSignal): Promise<void>
  /** The part of it that makes notifications out of the log of activity. */
  runActivity(signal: AbortSignal): Promise<void>
}

/** Share of the message cache's memory for newest pages that nothing has changed. */
const keptPagesShare = 1 / 8
const sweepEveryMs = 1_000
/** The sweeper's name among the tasks that one process leads (`Members.leads`). */
const sweepTask = 'sweep'
const activityTask = 'activity'
/** How soon boosts go after what they boost, where the process that deleted it did not see to it. */
const boostsEveryMs = 1_000
const tidyEveryMs = 3600_000
/** Ages pass hour by hour; a bound of size may be passed by what this time brings. */
const retainEveryMs = 600_000
/** Dormant readers are looked for this often within `dormantAfterMs`, so that none stays much longer than asked. */
const dormantLooks = 10

async function leaveMedia(media: MediaStore, ids: readonly string[], message: MessageId): Promise<void> {
  await Promise.all(ids.map((id) => media.pass(id, message, notThere).catch(() => false)))
}

export function createRoad(engine: Engine, options: RoadOptions): Road {
  const { messages, outboxRows, queue, graph, blocks, inbox, hotLog, bus, likes, boosts, counts, users, activity } =
    engine
  const { idempotency, members, cursorKey } = engine
  const { clock, chance, authorJson, hotFollowers, log } = options

  const ids = createIdSource({ clock, node: engine.node, largestId: engine.largestId, leaseEnd: members.leaseEnd })
  members.announce(ids.lowestInFlight)
  const lowestInFlight = options.lowestInFlight ?? members.lowestInFlight
  // Where nothing is leased there is but one process. Twice: a clock may go wrong after it was compared at the start.
  const clocksApartMs = members.leaseEnd() === Number.POSITIVE_INFINITY ? 0 : 2 * clocksApartMaxMs
  const { keep } = options
  const bodies = createBodies({
    messages,
    counts,
    bytesMax: options.bodiesBytesMax * (1 - keptPagesShare),
    ...(options.withdrawn && { withdrawn: options.withdrawn }),
    ...(keep && { keptFrom: () => keptFrom(keep, clock.now()) }),
  })
  const present = createPresent({ bodies, likes, boosts, authorJson })
  const lowWatermark = createLowWatermark({ outboxRows, hotLog, clock, lowestInFlight })
  const ensure = createEnsureInbox({ inbox, graph, messages, clock, chance })
  const standIn = createStandIn()
  const pages = createPages({ inbox, hotLog, graph, messages, outboxRows, bodies, present, ensure, standIn })
  const arrivals = createArrivals({
    inbox,
    hotLog,
    graph,
    messages,
    bodies,
    present,
    ensure,
    standIn,
    lowWatermark: createSharedWatermark(lowWatermark, clock),
    clock,
  })
  const keptPages = createKeptPages({
    inbox,
    hotLog,
    graph,
    messages,
    outboxRows,
    bodies,
    authorsVersion: options.authorsVersion ?? (() => 0),
    clock,
    bytesMax: options.bodiesBytesMax * keptPagesShare,
  })
  const timeline = createTimeline({
    pages,
    keptPages,
    arrivals,
    ensure,
    lowWatermark,
    hotLog,
    messages,
    cursorKey,
    clock,
  })
  const admit = createAdmit({ outboxRows, graph, clock })
  const visibility = createVisibility({ blocks, messages: bodies })
  const tellResponses = createTellResponses({ counts, bodies, bus, clock, log })
  // Whoever has the bytes finds what was left to them.
  const { mediaGone = (gone, message) => leaveMedia(engine.media, gone, message) } = options
  const attachMedia = createAttachMedia({ media: engine.media, messages, clock })
  const removeOne = createRemoveMessage({
    messages,
    activity,
    bodies,
    bus,
    tellResponses,
    ids,
    clock,
    clocksApartMs,
    mediaGone,
  })
  const boosting = createBoosts({ boosts, messages, visibility, removeMessage: removeOne })
  const removeMessage: RemoveMessage = async (message) => {
    const removed = await removeOne(message)
    // Rounds make sure of it; this is sooner.
    if (removed) {
      boosting
        .clear(message.id)
        .catch((error: unknown) => log('boosts of a deleted message could not be deleted', error))
    }
    return removed
  }
  const deleteMessage = createDeleteMessage({ messages, visibility, removeMessage })
  const { withdrawn = () => false } = options
  const publish = createPublish({
    messages,
    idempotency,
    boosts,
    graph,
    queue,
    bodies,
    visibility,
    readDraft: createReadDraft({ visibility, users, attachMedia, withdrawn }),
    attachMedia,
    tellResponses,
    removeMessage: removeOne,
    ids,
    clock,
    admit,
    hotFollowers,
  })

  /**
   * What fan-out meets: also of those who are hidden from everybody, for a while perhaps, whose messages find their places all
   * the same. Whoever stored a reply or a boost may have ended before it told of it, or never have learned that it did: so it
   * is told again. What a boost boosts may have been deleted while that was stored: who looked for boosts then did not see it.
   */
  async function stored(list: readonly MessageId[]) {
    const cached = await bodies.many(list)
    const found: (MessageRecord | undefined)[] = cached.includes(undefined) ? await messages.many(list) : cached
    for (const [i, record] of found.entries()) {
      const link = record && linkOf(record.body)
      if (link === undefined) continue
      void tellResponses(link.message)
      if (link.kind === 'reply' || isWhole(cached[i]) || (await messages.many([link.message]))[0]) continue
      await boosting.clear(link.message)
      found[i] = undefined
    }
    return found
  }

  const hidden: Hidden = async (reader, others) => {
    const standings = await blocks.standings(reader, others)
    return new Set(others.filter((other) => standings.has(other) || withdrawn(other)))
  }
  const maker = createNotificationMaker({ notifications: engine.notifications, hidden, bus, ids })
  const notify = createNotify({ maker, activity, bodies })
  const activityWork = createActivityWork({ ...engine, maker, bodies, log })
  const notifications = createNotifications({ ...engine, bodies, present, hidden, authorJson })
  const fanout = createFanout({
    messages: { many: stored, abandon: messages.abandon.bind(messages) },
    outboxRows,
    graph,
    inbox,
    hotLog,
    search: engine.search,
    bus,
    notify,
    ...(options.visible && { visible: options.visible }),
    log,
  })
  const retain = createRetain({ retention: engine.retention, bodies, clock, keep })
  const sweep = createSweep({ messages, outboxRows, queue, clock, lowestInFlight })

  async function every(
    ms: number,
    signal: AbortSignal,
    what: string,
    work: (stop: AbortSignal) => Promise<unknown>,
    { firstMs = ms, task = sweepTask }: { firstMs?: number; task?: string } = {},
  ): Promise<void> {
    let failing = false
    for (let waitMs = firstMs; !signal.aborted; waitMs = ms) {
      await clock.sleep(waitMs, signal)
      if (signal.aborted) return
      try {
        // One process does it for all.
        if (await members.leads(task)) await work(signal)
        failing = false
      } catch (error) {
        // An engine that is away is said once, a mistake of ours each time.
        if (!failing || !(error instanceof Refusal)) log(what, error)
        failing = true
      }
    }
  }

  async function tidy(): Promise<void> {
    const now = clock.now()
    await idempotency.forget(now - idempotencyAgeMs)
    await hotLog.forget(idAt(now - hotLogAgeMs))
    await engine.invites.forget(now - inviteKeptMs)
  }

  /** What is undone after a start was in no queue but the one that is gone. */
  async function refillQueue(): Promise<void> {
    if (options.lastingQueue) return
    await sweep.round(true).catch((error: unknown) => log('the first round of the sweeper failed', error))
  }

  const runActivity = (signal: AbortSignal) =>
    every(activityEveryMs, signal, 'a round of the log of activity failed', activityWork.round, { task: activityTask })

  async function run(signal: AbortSignal): Promise<void> {
    await refillQueue()
    const { fanoutBatches = 1 } = options
    await Promise.all([
      ...Array.from({ length: fanoutBatches }, () => queue.work('job', fanout.jobs, signal)),
      queue.work('pages', fanout.page, signal),
      runActivity(signal),
      every(sweepEveryMs, signal, 'a round of the sweeper failed', () => sweep.round()),
      every(boostsEveryMs, signal, 'boosts of deleted messages could not be deleted', boosting.round),
      every(
        Math.min(options.dormantAfterMs / dormantLooks, tidyEveryMs),
        signal,
        'forgetting dormant readers failed',
        () => inbox.forgetDormant(clock.now() - options.dormantAfterMs),
      ),
      every(tidyEveryMs, signal, 'throwing away what is old failed', tidy),
      keep &&
        every(retainEveryMs, signal, 'taking away what is not kept failed', () => retain.round(signal), { firstMs: 0 }),
    ])
  }

  const authorMessages = createAuthorMessages({ messages, bodies, visibility, present })
  const oneMessage = createOneMessage({ present, visibility })
  const replies = createReplies({ replies: engine.replies, bodies, visibility, present })
  const search = createSearch({ index: engine.search, bodies, present, visibility })
  return {
    ids,
    bodies,
    present,
    publish,
    deleteMessage,
    removeMessage,
    unboost: boosting.unboost,
    replies,
    timeline,
    visibility,
    lowWatermark,
    authorMessages,
    oneMessage,
    search,
    notifications,
    notificationStats: () => ({ ...maker.stats(), ...activityWork.stats() }),
    fanout,
    sweep,
    retain,
    run,
    runActivity,
  }
}
