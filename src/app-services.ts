import { availableParallelism } from 'node:os'
import { prepareUploads } from './app-media.ts'
import { createPushing } from './app-push.ts'
import type { Config } from './config.ts'
import { type Id, timeOf, type UserId } from './core/ids.ts'
import { mediaWorkAtOnceMax, mediaWorkPerCore } from './core/limits.ts'
import type { Log } from './core/log.ts'
import { Refusal } from './core/refusal.ts'
import { prepareApart } from './engines/uploads/apart.ts'
import type { Metrics } from './gateway/metrics.ts'
import { receivedBytes } from './gateway/upload.ts'
import { createGuardedFetch } from './outgoing/guarded-fetch.ts'
import type { Blobs } from './ports/blobs.ts'
import { systemChance } from './ports/chance.ts'
import { systemClock } from './ports/clock.ts'
import type { Engine } from './ports/engine.ts'
import { createAccounts } from './services/accounts.ts'
import { createAuth } from './services/auth.ts'
import { createBlocks } from './services/block.ts'
import { createDeleteAccounts } from './services/delete-account.ts'
import { createExplain, createFetchCosts } from './services/explain.ts'
import { createBackfill, createFollow } from './services/follow.ts'
import { createHiddenList } from './services/hidden-list.ts'
import { createHostAccounts } from './services/host-accounts.ts'
import { createHostPictures } from './services/host-pictures.ts'
import { createLikes } from './services/like.ts'
import { createMedia } from './services/media.ts'
import { createRest, createWork } from './services/media-work.ts'
import { createModeration } from './services/moderation.ts'
import { createOperators } from './services/operators.ts'
import { createPasswords } from './services/passwords.ts'
import { createPeople, noSuchUser } from './services/people.ts'
import { createProfiles } from './services/profiles.ts'
import type { Publish } from './services/publish.ts'
import { createPublishGate } from './services/publish-gate.ts'
import { createPushSubscriptions } from './services/push-subscriptions.ts'
import { createRateLimits } from './services/rate-limit.ts'
import { createRoad, type Road } from './services/road.ts'
import { createSeenUsers } from './services/seen-users.ts'
import type { VerifySigned } from './services/signed-tokens.ts'
import { createSuggest } from './services/suggest.ts'
import { createTidyMedia } from './services/tidy-media.ts'
import type { Timeline } from './services/timeline.ts'
import { createWithdrawn } from './services/withdrawn.ts'

export interface ServicesOptions {
  readonly config: Config
  readonly engine: Engine
  readonly metrics: Metrics
  readonly log: Log
  /** Bound of the message cache, in bytes. */
  readonly bodiesBytesMax: number
  /** How long an answer about a token serves; undefined: as long as the Bus may be late. */
  readonly tokenCachedMs: number | undefined
  /** Verifies tokens of a host product, where there is one. */
  readonly verifySigned: VerifySigned | undefined
  /** Whether the queue outlives this process. */
  readonly lastingQueue: boolean
  /** Where uploads are, of a process that takes and gives them. */
  readonly blobs: Blobs | undefined
  /** Batches of fan-out jobs in work at once; without it one. */
  readonly fanoutBatches?: number
  /** Publishes in place of this process, which does not; its road is given for what it holds. */
  readonly publishElsewhere?: (road: Road) => Publish
}

export type Services = ReturnType<typeof createServices>

/** Half of the cores is left to those who read. */
function mediaWorkAtOnce(): number {
  return Math.min(mediaWorkAtOnceMax, Math.max(1, Math.floor(availableParallelism() * mediaWorkPerCore)))
}

function loopCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** Engine → services: everything that a process of any role is made of, but for its sockets and its port. */
export function createServices(options: ServicesOptions) {
  const { config, engine, metrics, log } = options
  const { graph, blocks, inbox, messages, likes: likeStore, activity, bus, outboxRows } = engine
  const clock = systemClock
  const chance = systemChance

  const problem = (sentence: string, error: unknown) => {
    // An engine that is away is no mistake of ours.
    if (error instanceof Refusal) log.warn({ err: error }, sentence)
    else log.error({ err: error }, sentence)
  }
  const withdrawn = createWithdrawn({ store: engine.withdrawn, bus, clock, log: problem })
  const users = createSeenUsers(engine.users, withdrawn)
  const profiles = createProfiles({ users })
  const road = createRoad(engine, {
    clock,
    chance,
    authorJson: profiles.authorJson,
    authorsVersion: profiles.version,
    hotFollowers: config.hotFollowers,
    dormantAfterMs: config.dormantAfterMs,
    bodiesBytesMax: options.bodiesBytesMax,
    log: problem,
    withdrawn: withdrawn.has,
    visible: (id) => metrics.visible(clock.now() - timeOf(id)),
    lastingQueue: options.lastingQueue,
    ...(options.fanoutBatches && { fanoutBatches: options.fanoutBatches }),
    keep: config.keep,
    ...(options.blobs && { mediaGone: (ids, message) => media!.gone(ids, message) }),
  })
  const { ids } = road

  const publishing = options.publishElsewhere?.(road) ?? road.publish
  const gate = createPublishGate(metrics.accepted)
  const publish: Publish = (author, draft, key) => gate(() => publishing(author, draft, key))
  const fetchCosts = createFetchCosts()
  const timeline: Timeline = {
    ...road.timeline,
    async page(reader, query) {
      const from = performance.now()
      const page = await road.timeline.page(reader, query)
      fetchCosts.note(reader, clock.now(), performance.now() - from, page.messages.length, query.since !== undefined)
      return page
    },
  }

  const explain = createExplain({ users, graph, inbox, messages, fetchCosts, hotFollowers: config.hotFollowers })
  /** A new token for whoever has that handle. Throws `no_such_user`. */
  async function tokenOf(handle: string): Promise<string> {
    const user = await users.byHandle(handle)
    if (user === undefined) throw noSuchUser()
    return accounts.issue(user.id)
  }

  async function takeId(): Promise<Id> {
    const id = await ids.take()
    ids.settle(id)
    return id
  }
  const { tokenCachedMs, verifySigned: verify } = options
  const { blobs } = options
  const outgoing = createGuardedFetch({ allowPrivate: config.allowPrivatePush })
  const pictures = blobs && {
    offer: (user: UserId, url: string, issuedAt: number) => hostPictures!.offer(user, url, issuedAt),
  }
  const auth = createAuth({
    users,
    clock,
    host: verify && { verify, account: createHostAccounts({ ...engine, users, profiles, takeId, pictures }) },
    ...(tokenCachedMs !== undefined && { cachedMs: tokenCachedMs }),
  })
  const preparing = blobs && prepareApart(prepareUploads, problem)
  const media =
    blobs &&
    createMedia({
      ...engine,
      blobs,
      prepare: preparing!.prepare,
      work: createWork(mediaWorkAtOnce(), createRest(clock, loopCpuMs)),
      bodies: road.bodies,
      withdrawn: withdrawn.has,
      takeId,
      clock,
      log: problem,
    })
  const people = createPeople({
    users,
    graph,
    blocks,
    bus,
    clock,
    profiles,
    pictures: media,
    unread: road.notifications.unread,
  })
  const hostPictures =
    blobs &&
    createHostPictures({
      outgoing,
      asFile: (bytes, use) => receivedBytes(blobs.spool, bytes, use),
      media: media!,
      users,
      change: people.change,
      // Theirs to mend as a rule: an address that may not be called, something that is no picture.
      log: (sentence, error) => log.warn({ err: error }, sentence),
    })
  const backfill = createBackfill({ messages, outboxRows, inbox })
  const moderation = createModeration({
    engine,
    users,
    people,
    withdrawn,
    road,
    takeId,
    clock,
  })
  const passwords = createPasswords()
  const accounts = createAccounts({
    users: engine.users,
    push: engine.push,
    bus,
    clock,
    auth,
    passwords,
    withdrawn,
    takeId,
    invites: moderation.invites,
    registration: config.registration,
  })
  withdrawn.onChange((user, gone) => {
    profiles.forget(user)
    if (!gone) return
    auth.forgetUser(user)
    road.bodies.removeOf(user)
  })
  const { removeMessage } = road
  return {
    road,
    withdrawn,
    deleteAccounts: createDeleteAccounts({ ...engine, withdrawn, removeMessage, clock, log: problem }),
    publish,
    timeline,
    profiles,
    auth,
    people,
    accounts,
    moderation,
    media,
    /** Works on uploads; to be stopped. */
    preparing,
    tidyMedia: media && createTidyMedia({ ...engine, drop: media.drop, clock, log: problem }),
    pushSubscriptions: createPushSubscriptions({ ...engine, outgoing, clock }),
    pushing: config.roles.includes('notify')
      ? createPushing({ ...options, outgoing, road, auth, withdrawn, clock, chance, log: problem })
      : undefined,
    rates: createRateLimits({ clock, on: config.rateLimits, shared: engine.sharedRates, log }),
    follows: createFollow({ graph, activity, messages, backfill, bus, people, clock }),
    blocks: createBlocks({ blocks, graph, activity, bus, people, backfill, clock }),
    hiddenList: createHiddenList({ graph, blocks, people }),
    suggest: createSuggest({ graph, hotLog: engine.hotLog, people }),
    likes: createLikes({ likes: likeStore, activity, visibility: road.visibility, bus, people, clock }),
    /** What operators ask for from the shell. */
    control: {
      token: tokenOf,
      explain,
      deadJobs: (limit: number) => outboxRows.deadJobs(limit),
      tryAgain: road.fanout.again,
      operators: createOperators({
        ...moderation,
        users: engine.users,
        audit: engine.audit,
        withdrawn,
        accounts,
        passwords,
        takeId,
      }),
    },
  }
}
