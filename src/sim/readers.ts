import type { MessageId, UserId } from '../core/ids.ts'
import { headsEveryMs } from '../core/limits.ts'
import { checkShown, readMessage, type Seen, type Stream } from './stream.ts'
import { ask, type Gateway, mayRetry, type Town } from './town.ts'

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
    if (id < lowest || ids.has(id) || history.mayBeGone(id, wish)) continue
    if (!settled && !(town.visibleFrom(id) < asked)) continue
    if (!history.seenThroughout(reader, wish, asked - 1, scheduler.now)) continue
    town.report('pages have no hole', `${id} (${wish.text}) of ${wish.author} is missing for ${reader}: [${[...ids]}]`)
  }
  return found
}

/** A gateway that was not told of an unfollowing hides its author's messages within this. */
const liveFilterMs = 40_000
/** A socket has been given everything when its gateway has compared its place with the heads. */
const socketCatchesUpMs = headsEveryMs + 2_000
