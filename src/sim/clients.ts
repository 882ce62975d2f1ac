import type { MessageId, UserId } from '../core/ids.ts'
import { headsEveryMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Publish } from '../services/publish.ts'
import type { Timeline } from '../services/timeline.ts'
import type { PublishWish } from './history.ts'
import type { Life } from './life.ts'
import type { Connected } from './live.ts'
import type { Random } from './random.ts'
import { checkShown, readMessage, type Seen, type Stream, type Watch } from './stream.ts'

/** What a gateway does for clients. */
export interface Offers {
  readonly publish: Publish
  remove(author: UserId, id: MessageId): Promise<unknown>
  follow(reader: UserId, followee: UserId): Promise<unknown>
  unfollow(reader: UserId, followee: UserId): Promise<unknown>
  like(user: UserId, id: MessageId): Promise<unknown>
  unlike(user: UserId, id: MessageId): Promise<unknown>
  readonly timeline: Timeline
  /** Opens a socket to the gateway's hub. */
  connect(reader: UserId, since: string | undefined, client: LiveClient): Connected
}

/** What a socket tells its client. */
export interface LiveClient {
  ready(cursor: string): void
  message(message: unknown, cursor: string): void
  deleted(id: MessageId): void
  closed(why: 'lost' | 'expired'): void
  /** A frame that should not have come. */
  wrong(what: string): void
}

/** A gateway as clients see it: a name that a process stands behind, most of the time. */
export interface Gateway {
  readonly name: string
  readonly process: { readonly life: Life; readonly offers: Offers } | undefined
}

/** What clients live in. */
export interface Town extends Watch {
  readonly random: Random
  readonly gateways: readonly Gateway[]
  readonly users: readonly UserId[]
  /** Users who publish much, and so are followed more. */
  readonly authors: readonly UserId[]
  /** False once everybody has to come to an end. */
  readonly busy: () => boolean
  /** Whether the chain held from one cursor to the next, so that no id may come twice. */
  unbroken(reader: UserId, from: string, to: string): boolean
  /** When the fan-out of the message was done and every process could know; Infinity as long as it was not. */
  visibleFrom(id: MessageId): number
}

/** The connection broke before the answer: whether anything happened is unknown. */
export class Lost extends Error {}

/** Asks one gateway (any by default) over a network that takes a moment each way. */
export async function ask<T>(
  town: Town,
  run: (offers: Offers) => Promise<T>,
  gateway = town.random.pick(town.gateways),
): Promise<T> {
  const { scheduler, random } = town
  await scheduler.sleep(random.exponential(2))
  const { process } = gateway
  if (process === undefined) {
    await scheduler.sleep(100 + random.number() * 400)
    throw new Lost('refused')
  }
  return new Promise((resolve, reject) => {
    const leave = process.life.atEnd(() => reject(new Lost('cut')))
    const settle = (answer: () => void) =>
      scheduler.after(random.exponential(2), () => {
        leave()
        answer()
      })
    run(process.offers).then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    )
  })
}

/** Whether it is worth trying again; what is neither a refusal nor a lost connection is a bug, and reported. */
export function mayRetry(town: Town, what: string, error: unknown): boolean {
  if (error instanceof Lost) return true
  if (error instanceof Refusal) {
    if (error.code === 'cursor_expired') town.report('only age ends a cursor', what)
    return error.status === 503 || error.status === 429
  }
  town.report('no bug shows', `${what}: ${error instanceof Error ? error.stack : String(error)}`)
  return false
}

/** Tries until it works, the run ends or the refusal is final; resolves to whether it worked. */
async function insist(town: Town, what: string, run: (offers: Offers) => Promise<unknown>): Promise<boolean> {
  for (;;) {
    try {
      await ask(town, run)
      return true
    } catch (error) {
      if (!mayRetry(town, what, error)) return false
      await town.scheduler.sleep(50 + town.random.exponential(500))
    }
  }
}

/** One user who writes: publishes, deletes, follows, likes, one thing after the other (but publishes may overlap). */
export async function write(town: Town, user: UserId, everyMs: number): Promise<void> {
  const { scheduler, random, history, users, authors } = town
  const isAuthor = authors.includes(user)
  const wishes: [number, () => Promise<unknown>][] = [
    [isAuthor ? 60 : 15, () => publish(town, user)],
    [8, () => Promise.all([publish(town, user), publish(town, user)])],
    [isAuthor ? 6 : 2, () => remove(town, user)],
    [14, () => edge(random.happens(0.7) ? random.pick(authors) : random.pick(users))],
    [14, () => like()],
  ]
  const total = wishes.reduce((sum, [weight]) => sum + weight, 0)

  async function edge(followee: UserId): Promise<void> {
    if (followee === user) return
    const list = history.follows(user, followee)
    const on = random.happens(0.6) ? !(list.at(-1)?.on ?? false) : random.happens(0.5)
    const wish: (typeof list)[number] = { on, begun: scheduler.now }
    list.push(wish)
    const what = `${on ? 'follow' : 'unfollow'} ${followee} by ${user}`
    town.note(() => what)
    const worked = await insist(town, what, (offers) =>
      on ? offers.follow(user, followee) : offers.unfollow(user, followee),
    )
    if (worked) wish.acked = scheduler.now
    town.note(() => `${what} acknowledged`)
  }

  async function like(): Promise<void> {
    const known = [...history.published.keys()]
    if (known.length === 0) return
    const id = random.pick(known.slice(-12))
    const list = history.likes(user, id)
    for (let times = random.between(1, 2); times > 0; times--) {
      const wish: (typeof list)[number] = { on: random.happens(0.75), begun: scheduler.now }
      list.push(wish)
      const worked = await insist(town, `like ${id}`, (offers) =>
        wish.on ? offers.like(user, id) : offers.unlike(user, id),
      )
      if (worked) wish.acked = scheduler.now
    }
  }

  while (town.busy()) {
    let drawn = random.number() * total
    const [, wish] = wishes.find(([weight]) => (drawn -= weight) < 0) ?? wishes[0]!
    await wish()
    await scheduler.sleep(random.exponential(everyMs))
  }
}

async function publish(town: Town, author: UserId): Promise<void> {
  const { scheduler, random, history } = town
  const number = history.wishes.length
  const key = random.happens(0.6) ? `key ${number}` : undefined
  const wish: PublishWish = { author, text: `w${number}`, key, begun: scheduler.now, ids: new Set() }
  history.wishes.push(wish)
  const once = async () => {
    const { id } = await ask(town, (offers) => offers.publish(author, wish.text, key))
    town.note(() => `${author} published ${id} (${wish.text})`)
    history.acknowledged(wish, id, scheduler.now)
    return id
  }
  for (;;) {
    try {
      // An impatient client sends the same request twice; the key says that it is one.
      const tries = key !== undefined && random.happens(0.15) ? [once(), once()] : [once()]
      const results = await Promise.allSettled(tries)
      const worked = results.find((result) => result.status === 'fulfilled')
      if (worked === undefined) throw (results[0] as PromiseRejectedResult).reason
      if (random.happens(0.5)) await checkOwn(town, author, worked.value)
      if (key === undefined || !random.happens(0.15)) return
    } catch (error) {
      town.note(() => `${author} could not publish ${wish.text}: ${error}`)
      const retry = mayRetry(town, `publish ${wish.text}`, error)
      if (!retry || key === undefined) return
    }
    await scheduler.sleep(random.exponential(random.happens(0.2) ? 12_000 : 400))
    if (!town.busy() && wish.acked !== undefined) return
  }
}

/** After the 201, the author's next newest page contains the message. */
async function checkOwn(town: Town, author: UserId, id: MessageId): Promise<void> {
  const length = town.random.pick([1, 5, 20])
  try {
    const page = await ask(town, (offers) => offers.timeline.page(author, { length }))
    const ids = page.messages.map((json) => readMessage(town.history, JSON.parse(json)).id)
    if (ids.includes(id) || town.history.deletions.has(id)) return
    if (ids.length === length && ids[length - 1]! > id) return
    town.report("one's own message is in the next newest page", `${id} of ${author} is not in [${ids}]`)
  } catch (error) {
    mayRetry(town, `own page of ${author}`, error)
  }
}

async function remove(town: Town, author: UserId): Promise<void> {
  const { scheduler, random, history } = town
  const own = [...history.published].filter(([id, wish]) => wish.author === author && !history.deletions.has(id))
  if (own.length === 0) return
  const [id] = random.pick(own.slice(-6))
  const wish: { id: MessageId; author: UserId; begun: number; acked?: number } = { id, author, begun: scheduler.now }
  history.deletions.set(id, wish)
  await insist(town, `delete ${id}`, (offers) => offers.remove(author, id))
  wish.acked = scheduler.now
  town.note(() => `${author} deleted ${id}`)
}

/** How one client polls. */
export interface Manner {
  readonly everyMs: number
  /** Messages a page: one of these. */
  readonly lengths: readonly number[]
  /** How likely it asks again at once when there is more. */
  readonly haste: number
}

export const manners: readonly Manner[] = [
  { everyMs: 800, lengths: [1, 3, 20], haste: 0.7 },
  { everyMs: 4_000, lengths: [1, 3, 20], haste: 0.7 },
  { everyMs: 4_000, lengths: [1], haste: 0 },
]

/** One client that fetches the newest page once and then goes on by `since`, from any gateway. */
export async function poll(town: Town, reader: UserId, manner: Manner, stream: Stream): Promise<void> {
  const { scheduler, random } = town
  const { everyMs, lengths, haste } = manner
  const cursors: string[] = []
  let more = false
  while (town.busy() || !stream.caughtUp) {
    const waits = !more || (town.busy() && !random.happens(haste))
    if (waits) await scheduler.sleep(random.exponential(town.busy() ? everyMs : 2_000))
    const length = random.pick(lengths)
    const asked = scheduler.now
    try {
      if (cursors.length === 0) {
        const page = await ask(town, (offers) => offers.timeline.page(reader, { length }))
        stream.start(readPage(town, page.messages), asked, page.messages.length === length)
        cursors.push(page.cursor!)
        continue
      }
      if (town.busy() && random.happens(0.02)) {
        // The client was restored from an older state; it still knows what it holds.
        cursors.push(random.pick(cursors))
        stream.brokenAt = scheduler.now
      }
      const since = cursors[cursors.length - 1]!
      const page = await ask(town, (offers) => offers.timeline.page(reader, { length, since }))
      const seen = readPage(town, page.messages)
      town.note(() => `${stream.name} of ${reader} got [${seen.map(({ id }) => id)}] more ${page.more}`)
      stream.receive(seen.reverse(), asked, town.unbroken(reader, since, page.cursor!))
      for (const id of page.deleted ?? []) stream.dropped.add(id)
      cursors.push(page.cursor!)
      more = page.more === true
      if (!more && seen.length === 0 && (page.deleted ?? []).length === 0) stream.caughtUpAt = asked
    } catch (error) {
      mayRetry(town, `since page of ${reader}`, error)
      more = false
    }
  }
}

function readPage(town: Town, messages: readonly string[]): Seen[] {
  const seen = messages.map((json) => readMessage(town.history, JSON.parse(json)))
  for (let i = 1; i < seen.length; i++) {
    if (seen[i]!.id >= seen[i - 1]!.id) {
      town.report('a page is sorted by id, newest first', `[${seen.map(({ id }) => id)}]`)
    }
  }
  return seen
}

/** One client with a socket that falls now and then, and comes back at any gateway with its last cursor. */
export async function listen(town: Town, reader: UserId, upMs: number, stream: Stream): Promise<void> {
  const { scheduler, random } = town
  let cursor: string | undefined
  const fetchesFirst = random.happens(0.7)
  while (town.busy() || !stream.caughtUp) {
    try {
      if (cursor === undefined && fetchesFirst) {
        const asked = scheduler.now
        const length = random.pick([1, 5, 20])
        const page = await ask(town, (offers) => offers.timeline.page(reader, { length }))
        stream.start(readPage(town, page.messages), asked, page.messages.length === length)
        cursor = page.cursor!
      }
      const until = scheduler.now + (town.busy() ? random.exponential(upMs) : Number.POSITIVE_INFINITY)
      const gateway = random.pick(town.gateways)
      cursor = await connect(town, reader, gateway, cursor, until, stream)
    } catch (error) {
      mayRetry(town, `socket of ${reader}`, error)
      await scheduler.sleep(random.exponential(500))
    }
  }
}

/** One connection, until its time is over or it breaks; resolves to the last cursor. */
function connect(
  town: Town,
  reader: UserId,
  gateway: Gateway,
  since: string | undefined,
  until: number,
  stream: Stream,
): Promise<string | undefined> {
  const { scheduler, random } = town
  let cursor = since
  return new Promise((resolve) => {
    const { process } = gateway
    if (process === undefined) return scheduler.after(300, () => resolve(cursor))
    stream.connectedAt = scheduler.now
    let over = false
    const finish = () => {
      over = true
      leave()
      resolve(cursor)
    }
    const leave = process.life.atEnd(finish)
    const connection = process.offers.connect(reader, since, {
      ready(stand) {
        town.note(() => `${stream.name} of ${reader} is ready at ${stand}`)
        if (over || cursor !== undefined) return
        stream.startLive()
        cursor = stand
      },
      message(message, after) {
        if (over || cursor === undefined) return
        const seen = readMessage(town.history, message)
        town.note(() => `${stream.name} of ${reader} got ${seen.id} at ${after}`)
        stream.receive([seen], scheduler.now - liveFilterMs, town.unbroken(reader, cursor, after))
        cursor = after
      },
      deleted(id) {
        town.note(() => `${stream.name} of ${reader} drops ${id}`)
        if (!over) stream.dropped.add(id)
      },
      closed(why) {
        if (why === 'expired') town.report('only age ends a cursor', `socket of ${reader}`)
        finish()
      },
      wrong: (what) => town.report('a socket says what API.md says', what),
    })
    const watch = () => {
      if (over) return
      stream.caughtUpAt = scheduler.now - socketCatchesUpMs
      if (town.busy() ? scheduler.now >= until : stream.caughtUp) return connection.leave()
      if (town.busy() && random.happens(0.02)) connection.stall(random.exponential(3_000))
      scheduler.after(1_000, watch)
    }
    watch()
  })
}

/** One client that reads pages backwards, and checks that between the first and the last id nothing is missing. */
export async function browse(town: Town, reader: UserId, everyMs: number): Promise<void> {
  const { scheduler, random } = town
  while (town.busy()) {
    await scheduler.sleep(random.exponential(everyMs))
    try {
      await leaf(town, reader, random.pick([2, 5, 20]), random.between(1, 5), false)
    } catch (error) {
      mayRetry(town, `pages of ${reader}`, error)
    }
  }
}

/**
 * Pages back from the newest. `settled`: all writes have stopped and all jobs are done, so that everything acknowledged
 * must be there; before that, everything whose fan-out was done when the first page was asked for.
 */
export async function leaf(
  town: Town,
  reader: UserId,
  length: number,
  pages: number,
  settled: boolean,
): Promise<Seen[]> {
  const { scheduler, history } = town
  const asked = scheduler.now
  const found: Seen[] = []
  let before: MessageId | undefined
  let ended = false
  for (let page = 0; page < pages && !ended; page++) {
    const pageAsked = scheduler.now
    const query = before === undefined ? { length } : { length, before }
    const answer = await ask(town, (offers) => offers.timeline.page(reader, query))
    for (const seen of readPage(town, answer.messages)) {
      checkShown(town, reader, seen, pageAsked, 'page')
      if (found.length > 0 && seen.id >= found[found.length - 1]!.id) {
        town.report('`before` brings smaller ids only', `${seen.id} after ${found[found.length - 1]!.id} to ${reader}`)
      }
      found.push(seen)
    }
    before = answer.next === undefined ? undefined : Number(answer.next)
    ended = before === undefined
  }
  const lowest = ended ? 0 : (found.at(-1)?.id ?? Number.POSITIVE_INFINITY)
  const ids = new Set(found.map(({ id }) => id))
  for (const [id, wish] of history.published) {
    if (id < lowest || ids.has(id) || history.deletions.has(id)) continue
    if (!settled && !(town.visibleFrom(id) < asked)) continue
    if (!history.followedThroughout(reader, wish.author, asked - 1, scheduler.now)) continue
    town.report('pages have no hole', `${id} (${wish.text}) of ${wish.author} is missing for ${reader}: [${[...ids]}]`)
  }
  return found
}

/** A gateway that was not told of an unfollowing hides its author's messages within this. */
const liveFilterMs = 40_000
/** A socket has been given everything when its gateway has compared its place with the heads. */
const socketCatchesUpMs = headsEveryMs + 2_000
