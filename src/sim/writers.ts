import type { MessageId, UserId } from '../core/ids.ts'
import { boostName, type EdgeWish, type PublishWish } from './history.ts'
import { readMessage } from './stream.ts'
import { ask, mayRetry, type Offers, type Town } from './town.ts'

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

/** One user who writes: publishes, deletes, follows, mutes, likes, one thing after the other (but publishes may overlap). */
export async function write(town: Town, user: UserId, everyMs: number): Promise<void> {
  const { scheduler, random, history, users, authors } = town
  const isAuthor = authors.includes(user)
  const wishes: [number, () => Promise<unknown>][] = [
    [isAuthor ? 60 : 15, () => publish(town, user)],
    [8, () => Promise.all([publish(town, user), publish(town, user)])],
    [8, () => boost(town, user)],
    [8, () => reply(town, user)],
    [isAuthor ? 6 : 2, () => remove(town, user)],
    [14, () => edge(random.happens(0.7) ? random.pick(authors) : random.pick(users))],
    [5, () => mute(random.pick(authors))],
    [14, () => like()],
  ]
  const total = wishes.reduce((sum, [weight]) => sum + weight, 0)

  async function edge(followee: UserId): Promise<void> {
    if (followee === user) return
    const list = history.follows(user, followee)
    await wishFor(list, `follow of ${followee} by ${user}`, (offers, on) =>
      on ? offers.follow(user, followee) : offers.unfollow(user, followee),
    )
  }

  async function mute(author: UserId): Promise<void> {
    if (author === user) return
    const list = history.mutes(user, author)
    await wishFor(list, `mute of ${author} by ${user}`, (offers, on) =>
      on ? offers.mute(user, author) : offers.unmute(user, author),
    )
  }

  async function wishFor(list: EdgeWish[], what: string, set: (offers: Offers, on: boolean) => Promise<unknown>) {
    const on = random.happens(0.6) ? !(list.at(-1)?.on ?? false) : random.happens(0.5)
    const wish: EdgeWish = { on, begun: scheduler.now }
    list.push(wish)
    town.note(() => `${on ? '' : 'un'}${what}`)
    const worked = await insist(town, what, (offers) => set(offers, on))
    if (worked) wish.acked = scheduler.now
    town.note(() => `${on ? '' : 'un'}${what} acknowledged`)
  }

  async function like(): Promise<void> {
    const known = [...history.published.keys()]
    if (known.length === 0) return
    const id = random.pick(known.slice(-12))
    // Of a boost one likes what it boosts.
    const original = history.published.get(id)!.boostOf ?? id
    const list = history.likes(user, original)
    for (let times = random.between(1, 2); times > 0; times--) {
      const wish: (typeof list)[number] = { on: random.happens(0.75), begun: scheduler.now }
      list.push(wish)
      const like = (id: MessageId) =>
        insist(town, `like ${id}`, (offers) => (wish.on ? offers.like(user, id) : offers.unlike(user, id)))
      // The boost may be deleted meanwhile, and what it boosts still be there.
      const worked = (await like(id)) || (original !== id && (await like(original)))
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

/** One of the newest messages: a boost of it, or a reply to it, is one of what it boosts. */
function recentMessage({ random, history }: Town): MessageId | undefined {
  const known = [...history.published.keys()]
  return known.length === 0 ? undefined : random.pick(known.slice(-12))
}

async function reply(town: Town, author: UserId): Promise<void> {
  const replyTo = recentMessage(town)
  if (replyTo !== undefined) await publish(town, author, { replyTo })
}

/** Each user boosts a message once. */
async function boost(town: Town, author: UserId): Promise<void> {
  const { history } = town
  const given = recentMessage(town)
  if (given === undefined) return
  const original = history.published.get(given)!.boostOf ?? given
  if (!history.boosts.has(boostName(author, original))) await publish(town, author, { boostOf: original, given })
}

async function publish(
  town: Town,
  author: UserId,
  link: { replyTo?: MessageId; boostOf?: MessageId; given?: MessageId } = {},
): Promise<void> {
  const { scheduler, random, history } = town
  const number = history.wishes.length
  const key = random.happens(0.6) ? `key ${number}` : undefined
  const { given, ...linked } = link
  const text = linked.boostOf === undefined ? `w${number}` : boostName(author, linked.boostOf)
  const boostedAuthor = linked.boostOf === undefined ? undefined : history.published.get(linked.boostOf)?.author
  const whose = boostedAuthor === undefined ? {} : { boostedAuthor }
  const wish: PublishWish = { author, text, ...linked, ...whose, key, begun: scheduler.now, ids: new Set() }
  history.wishes.push(wish)
  if (wish.boostOf !== undefined) history.boosts.set(text, wish)
  const { replyTo } = wish
  const draft = given === undefined ? { text, ...(replyTo !== undefined && { replyTo }) } : { boostOf: given }
  const once = async () => {
    const { id } = await ask(town, (offers) => offers.publish(author, draft, key))
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
      if (random.happens(0.5)) await checkOwn(town, wish, worked.value)
      if (key === undefined || !random.happens(0.15)) return
    } catch (error) {
      town.note(() => `${author} could not publish ${wish.text}: ${error}`)
      const retry = mayRetry(town, `publish ${wish.text}`, error)
      if (!retry || (key === undefined && given === undefined)) return
    }
    await scheduler.sleep(random.exponential(random.happens(0.2) ? 12_000 : 400))
    if (!town.busy() && wish.acked !== undefined) return
  }
}

/** After the 201, the author's next newest page contains the message. */
async function checkOwn(town: Town, wish: PublishWish, id: MessageId): Promise<void> {
  const { author } = wish
  const length = town.random.pick([1, 5, 20])
  try {
    const page = await ask(town, (offers) => offers.timeline.page(author, { length }))
    const ids = page.messages.map((json) => readMessage(town.history, JSON.parse(json)).id)
    if (ids.includes(id) || town.history.mayBeGone(id, wish)) return
    // Whom one mutes one does not see, not even boosted by oneself.
    if (wish.boostedAuthor !== undefined && town.history.mutes(author, wish.boostedAuthor).length > 0) return
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
