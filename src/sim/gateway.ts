import type { UserId } from '../core/ids.ts'
import { silentLog } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import { admitAll } from '../gateway/admission.ts'
import { createHub } from '../gateway/hub.ts'
import type { Engine } from '../ports/engine.ts'
import { createBlocks } from '../services/block.ts'
import type { Bodies } from '../services/bodies.ts'
import { createBackfill, createFollow } from '../services/follow.ts'
import type { IdSource } from '../services/id-source.ts'
import { createLikes } from '../services/like.ts'
import { noSuchUser } from '../services/people.ts'
import { createRoad } from '../services/road.ts'
import type { Life, Surroundings } from './life.ts'
import { Connected } from './live.ts'
import type { Ground, Planted } from './mistakes.ts'
import type { SimulatedClock } from './scheduler.ts'
import type { Offers } from './town.ts'
import { throughWires } from './wires.ts'

/** What a process is started with. */
export interface Birth {
  readonly name: string
  readonly life: Life
  /** The engine itself; the process sees it through wires. */
  readonly engine: Engine
  readonly clock: SimulatedClock
  /** Whether it is the only process there is. */
  readonly alone: boolean
  readonly around: Surroundings
  readonly hotFollowers: number
  /** Inboxes not read for this long are forgotten. */
  readonly dormantAfterMs: number
  /** The smallest id in flight on any living process. */
  readonly lowestInFlight: () => number
  /** Makes the mistake that is planted into this run. */
  readonly plant: ((ground: Ground) => Planted) | undefined
  /** Something that is no refusal went wrong inside. */
  readonly bug: (what: string, error: unknown) => void
}

/** Small, so that bodies are evicted and read again. */
export const bodiesBytesMax = 20_000

export interface RunningGateway {
  readonly life: Life
  readonly offers: Offers
  readonly ids: IdSource
  readonly bodies: Bodies
}

const noRelation = { following: false, followedBy: false, notify: false, muted: false, blocked: false }

/** Starts one process: gateway, publisher, fan-out worker and sweeper in one, as `rookery serve` does. */
export function startGateway(birth: Birth): RunningGateway {
  const { name, life, clock, around, hotFollowers } = birth
  const { random } = around
  const wired = throughWires(life, birth.engine, around)
  const mistake = birth.plant?.({ clock, hotFollowers })
  let deletionsSeen = 0
  // A cursor says that deletions were told up to here: before it does, this process's cache knows of them.
  async function deletionsHead(): Promise<number> {
    const head = await wired.messages.deletionsHead()
    while (deletionsSeen < head) {
      const found = await wired.messages.deletions(deletionsSeen, 1_000)
      for (const { id } of found) road.bodies.remove(id)
      deletionsSeen = Math.max(deletionsSeen, found.at(-1)?.stamp ?? head)
    }
    return head
  }
  // A lease that never ends, as none here dies of it; but where ids are leased there are several clocks.
  const leaseEnd = birth.alone ? wired.members.leaseEnd : () => Number.MAX_SAFE_INTEGER
  const members = { ...wired.members, leaseEnd }
  const cached = { ...wired, members, messages: { ...wired.messages, deletionsHead } }
  const engine = mistake?.engine?.(cached) ?? cached
  const { messages, outboxRows, graph, blocks, inbox, hotLog, bus, likes, activity } = engine
  const road = createRoad(engine, {
    clock,
    chance: random.fork(),
    authorJson: (author) => `{"id":"${author}"}`,
    hotFollowers,
    dormantAfterMs: birth.dormantAfterMs,
    bodiesBytesMax,
    log: refused,
    lowestInFlight: birth.lowestInFlight,
    fanoutBatches: birth.alone ? 1 : 2,
  })
  const { bodies, ids, publish } = road
  const timeline = mistake?.timeline?.(road.timeline, engine) ?? road.timeline

  const people = { relation: async () => noRelation, list: async () => [], mustExist: async () => {}, mustSee }
  const backfill = createBackfill({ messages, outboxRows, inbox })
  const follows = createFollow({ graph, activity, messages, backfill, bus, people, clock })
  const blocking = createBlocks({ blocks, graph, activity, bus, people, backfill, clock })
  const liking = createLikes({ likes, activity, visibility: road.visibility, bus, people, clock })

  async function mustSee(reader: UserId, other: UserId): Promise<void> {
    if ((await road.visibility.blockedAmong(reader, [other])).size > 0) throw noSuchUser()
  }

  bus.subscribe(name, (event) => {
    bodies.hear(event)
  })
  const error = (fields: object, line: string) => refused(line, (fields as { err?: unknown }).err)
  const hub = createHub({
    gateway: name,
    bus,
    inbox,
    hotLog,
    graph,
    messages,
    likeStore: likes,
    cursorKey: engine.cursorKey,
    auth: { userOf: async (token) => Number(token) },
    admission: admitAll,
    rates: { take: () => undefined, settle: async () => {}, run: async () => {} },
    timeline,
    lowWatermark: road.lowWatermark,
    present: road.present,
    bodies,
    visibility: road.visibility,
    notifications: road.notifications,
    publish,
    likes: liking,
    follows,
    userJson: async (user) => `{"id":"${user}"}`,
    sameOrigin: () => true,
    limited: false,
    clock,
    chance: random.fork(),
    soon: queueMicrotask,
    log: { ...silentLog, error },
  })

  const stop = new AbortController()
  life.atEnd(() => stop.abort())
  quietly('the road', road.run(stop.signal))

  function quietly(what: string, work: Promise<unknown>): void {
    work.catch((error) => refused(what, error))
  }

  /** A refusal is what the faults ask for; anything else is a bug. */
  function refused(what: string, error: unknown): void {
    if (!(error instanceof Refusal)) birth.bug(`${name}, ${what}`, error)
  }

  const offers: Offers = {
    publish,
    timeline,
    remove: road.deleteMessage,
    follow: (reader, followee) => follows.follow(reader, followee, undefined),
    unfollow: follows.unfollow,
    mute: blocking.mute,
    unmute: blocking.unmute,
    like: liking.like,
    unlike: liking.unlike,
    connect(reader, since, client) {
      const connected = new Connected(hub, life, around, client)
      connected.hello(reader, since)
      return connected
    },
  }
  return { life, offers, ids, bodies }
}
