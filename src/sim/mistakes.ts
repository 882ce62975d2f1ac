import type { Cursor } from '../core/cursor.ts'
import { Followees } from '../core/followees.ts'
import { idAt, type MessageId, type UserId } from '../core/ids.ts'
import { settleMs } from '../core/limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Engine } from '../ports/engine.ts'
import type { Outcome, QueuedJob } from '../ports/queue.ts'
import type { Arrivals, Timeline, TimelinePage } from '../services/timeline.ts'

/** What a mistake may need of the process that it is planted into. */
export interface Ground {
  readonly clock: Clock
  readonly hotFollowers: number
}

/** What replaces a part of one process; what is absent stays right. */
export interface Planted {
  /** The ports as the process's services see them. */
  readonly engine?: (engine: Engine) => Engine
  readonly timeline?: (timeline: Timeline, engine: Engine) => Timeline
}

/**
 * A mistake that somebody could make, planted into every process of a run to show that the simulation finds it. `plant`
 * is called once a run, so that what a mistake remembers is part of the run.
 */
export interface Mistake {
  readonly name: string
  /** What is wrong, in one line. */
  readonly is: string
  plant(): (ground: Ground) => Planted
}

/** A mistake that remembers nothing. */
function mistake(name: string, is: string, planted: (ground: Ground) => Planted): Mistake {
  return { name, is, plant: () => planted }
}

const idOf = (json: string): MessageId => Number(/"id":"([0-9]+)"/.exec(json)![1])

/** Everything the reader's newest page has above the id in the cursor's position, smallest first. */
async function aboveId(timeline: Timeline, reader: UserId, cursor: Cursor): Promise<string[]> {
  const { messages } = await timeline.page(reader, { length: 100 })
  return messages.filter((json) => idOf(json) > cursor.position).reverse()
}

const idCursor = mistake('id-cursor', 'a cursor is the largest message id that was given', () => ({
  timeline: (right) => ({
    ...right,
    async page(reader, query): Promise<TimelinePage> {
      if (query.since === undefined) {
        const page = await right.page(reader, query)
        if (page.cursor === undefined) return page
        const position = page.messages[0] === undefined ? 0 : idOf(page.messages[0])
        return { ...page, cursor: right.encode({ ...right.decode(reader, page.cursor), position }) }
      }
      const cursor = right.decode(reader, query.since)
      const above = await aboveId(right, reader, cursor)
      const given = above.slice(0, query.length)
      const position = given.length === 0 ? cursor.position : idOf(given[given.length - 1]!)
      const more = given.length < above.length
      return { messages: given.reverse(), cursor: right.encode({ ...cursor, position }), more }
    },
    async arrivals(reader, cursor, limit): Promise<Arrivals> {
      const above = await aboveId(right, reader, cursor)
      const arrivals = above
        .slice(0, limit)
        .map((json) => ({ id: idOf(json), author: 0, json, cursor: { ...cursor, position: idOf(json) } }))
      return {
        arrivals,
        cursor: arrivals[arrivals.length - 1]?.cursor ?? cursor,
        atHead: above.length <= limit,
        deleted: [],
      }
    },
  }),
}))

const earlyAcknowledgement = mistake('early-acknowledgement', 'a job is acknowledged before its deliveries', () => ({
  engine: (right) => ({
    ...right,
    queue: {
      ...right.queue,
      work: (lane, handle, signal) => {
        if (lane === 'pages') return right.queue.work(lane, handle, signal)
        const hasty = async (jobs: QueuedJob[]): Promise<Outcome[]> => {
          await right.outboxRows.done(jobs.map((job) => job.id))
          handle(jobs).catch(() => {})
          return jobs.map(() => 'done')
        }
        return right.queue.work(lane, hasty, signal)
      },
    },
  }),
}))

const hastyWatermark = mistake(
  'hasty-watermark',
  'the watermark moves on while a reader is still catching up',
  ({ clock }) => ({
    timeline(right, { outboxRows }) {
      const present = async () => Math.min(await outboxRows.lowestUndone(), idAt(clock.now() - settleMs))
      const moved = (cursor: Cursor, watermark: number) => ({
        ...cursor,
        watermark: Math.max(cursor.watermark, watermark),
      })
      return {
        ...right,
        async page(reader, query) {
          const watermark = await present()
          const page = await right.page(reader, query)
          if (page.more !== true) return page
          return { ...page, cursor: right.encode(moved(right.decode(reader, page.cursor!), watermark)) }
        },
        async arrivals(reader, cursor, limit, more) {
          const watermark = await present()
          const found = await right.arrivals(reader, cursor, limit, more)
          const arrivals = found.arrivals.map((arrival) => ({ ...arrival, cursor: moved(arrival.cursor, watermark) }))
          return { ...found, arrivals, cursor: moved(found.cursor, watermark) }
        },
      }
    },
  }),
)

const readyWhileBuilding = mistake('ready-while-building', 'an inbox answers while it is being made', () => ({
  engine: (right) => ({
    ...right,
    inbox: {
      ...right.inbox,
      async create(reader, epoch, builder, now, deadline) {
        const found = await right.inbox.create(reader, epoch, builder, now, deadline)
        if (found === 'created') await right.inbox.complete(reader, epoch, builder, [], 0)
        return found
      },
      async complete(reader, _epoch, _builder, ids, floor) {
        await right.inbox.backfill(reader, ids, floor)
        return true
      },
    },
  }),
}))

const backfillArrives = mistake('backfill-arrives', 'what a follow puts into the inbox counts as arrival', () => ({
  engine: (right) => ({
    ...right,
    graph: {
      ...right.graph,
      followedSince: async () => new Map(),
      follows: async (...asked) => ({ ...(await right.graph.follows(...asked)), since: new Map() }),
    },
    inbox: {
      ...right.inbox,
      async backfill(reader, ids) {
        const readers = Float64Array.of(reader)
        await right.inbox.deliver([...ids].reverse().map((id) => ({ id, readers })))
      },
    },
  }),
}))

const pastFloor = mistake('past-floor', 'a page goes on in the ring below its floor', () => ({
  engine: (right) => ({
    ...right,
    inbox: {
      ...right.inbox,
      async page(reader, below, limit) {
        const read = await right.inbox.page(reader, below, limit)
        return read && { ...read, head: { ...read.head, floor: 0 } }
      },
    },
  }),
}))

const likeTwice: Mistake = {
  name: 'like-twice',
  is: 'a like that is sent again counts again',
  plant() {
    const extra = new Map<MessageId, number>()
    const more = (id: MessageId) => extra.get(id) ?? 0
    return () => ({
      engine: (right) => ({
        ...right,
        likes: {
          ...right.likes,
          async like(user, id) {
            const before = await right.likes.likedAmong(user, [id])
            if (before.has(id)) extra.set(id, more(id) + 1)
            return (await right.likes.like(user, id)) + more(id)
          },
          unlike: async (user, id) => (await right.likes.unlike(user, id)) + more(id),
          counts: async (ids) => (await right.likes.counts(ids)).map((count, i) => count + more(ids[i]!)),
        },
      }),
    })
  },
}

const flipLoses = mistake(
  'flip-loses',
  'of the hot log only the messages of authors who are hot now are read',
  ({ hotFollowers }) => ({
    engine(right) {
      const hot = new Set<UserId>()
      const look = async () => {
        for (const author of new Set(right.hotLog.after(0, 1_000).map((entry) => entry.author))) {
          if ((await right.graph.followerCount(author)) > hotFollowers) hot.add(author)
          else hot.delete(author)
        }
      }
      const { hotLog, inbox } = right
      return {
        ...right,
        inbox: {
          ...inbox,
          page: (reader, below, limit) => look().then(() => inbox.page(reader, below, limit)),
          after: (reader, epoch, position, limit) => look().then(() => inbox.after(reader, epoch, position, limit)),
        },
        hotLog: {
          epoch: hotLog.epoch,
          append: hotLog.append,
          head: () => hotLog.head(),
          reach: () => hotLog.reach(),
          refresh: hotLog.refresh,
          forget: hotLog.forget,
          after: (position, limit) => hotLog.after(position, limit).filter((entry) => hot.has(entry.author)),
          page: (below, wanted, limit) => hotLog.page(below, (author) => hot.has(author) && wanted(author), limit),
        },
      }
    },
  }),
)

const prevIgnored = mistake('prev-ignored', 'a job starts although what it comes after is not done', () => ({
  engine: (right) => ({
    ...right,
    outboxRows: {
      ...right.outboxRows,
      async row(id) {
        const row = await right.outboxRows.row(id)
        return row && { ...row, done: true }
      },
    },
  }),
}))

const keyForgotten = mistake('key-forgotten', 'an idempotency key is looked up, but a retry takes a new id', () => ({
  engine: (right) => ({
    ...right,
    idempotency: {
      ...right.idempotency,
      async claim(user, key, job, now) {
        const claim = await right.idempotency.claim(user, key, job, now)
        return claim.done ? claim : { job, done: false, mine: true }
      },
      finish: async () => true,
    },
  }),
}))

const muteOfPagesAlone = mistake('mute-of-pages-alone', 'a mute hides from pages, not by arrival', () => ({
  engine: (right) => ({
    ...right,
    graph: {
      ...right.graph,
      async follows(reader, told) {
        const { followees, since } = await right.graph.follows(reader, told)
        const muted = followees.hidden?.muted.ids ?? []
        return { followees: new Followees(Float64Array.from([...followees.ids, ...muted]).sort()), since }
      },
    },
  }),
}))

export const mistakes: readonly Mistake[] = [
  idCursor,
  earlyAcknowledgement,
  hastyWatermark,
  readyWhileBuilding,
  backfillArrives,
  pastFloor,
  likeTwice,
  flipLoses,
  prevIgnored,
  keyForgotten,
  muteOfPagesAlone,
]
