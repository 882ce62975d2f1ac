import type { MessageId, UserId } from '../core/ids.ts'
import { linkOf, textOf } from '../core/message.ts'
import { wordsOf } from '../core/words.ts'
import type { MessageRecord } from '../ports/messages.ts'
import { bodiesBytesMax } from './gateway.ts'
import { boostName } from './history.ts'
import { leaf } from './readers.ts'
import type { World } from './world.ts'

/** What must hold once writes have stopped, faults have healed and everything has been delivered. */
export async function checkEnd(world: World): Promise<void> {
  checkMessages(world)
  checkOrderOfIds(world)
  checkSearch(world)
  checkLikes(world)
  checkBounds(world)
  await checkPages(world)
}

/** Acknowledged messages are there, once; deleted ones are gone. */
function checkMessages({ truth, history, town }: World): void {
  const byText = new Map<string, MessageId[]>()
  for (const { id, author, body } of truth.messages.values()) {
    const link = linkOf(body)
    const isBoost = link?.kind === 'boost'
    const text = isBoost ? boostName(author, link.message) : textOf(body)
    byText.set(text, [...(byText.get(text) ?? []), id])
    if (isBoost && !truth.messages.has(link.message)) town.report('a boost goes with what it boosts', `${id} (${text})`)
    if (history.deletions.get(id)?.acked !== undefined) {
      town.report('nothing deleted is shown', `${id} (${text}) is still stored`)
    }
    if (truth.outboxes.get(truth.messages.get(id)!.author)?.includes(id) !== true) {
      town.report('a message stands in its outbox', `${id} (${text})`)
    }
  }
  for (const wish of history.wishes) {
    const { text, ids } = wish
    const stored = byText.get(text) ?? []
    if (ids.size > 1) town.report('an idempotency key makes one message', `${text} was acknowledged as ${[...ids]}`)
    if (stored.length > 1) town.report('a request makes one message', `${text} is stored as ${stored}`)
    for (const id of ids) {
      if (stored.includes(id) || history.mayBeGone(id, wish)) continue
      town.report('an acknowledged message survives', `${id} (${text}) is gone`)
    }
  }
  if (truth.dead.size > 0) town.report('no job dies of faults', `${[...truth.dead.keys()]}`)
}

/** An id is larger than those of its author's messages that were acknowledged before it was asked for. */
function checkOrderOfIds({ history, town }: World): void {
  const all = [...history.published].sort(([, a], [, b]) => a.begun - b.begun)
  for (const [id, wish] of all) {
    for (const [earlier, former] of all) {
      if (former.author !== wish.author || former.acked! >= wish.begun || earlier < id) continue
      town.report("an author's ids rise", `${earlier} (${former.text}) was acknowledged before ${id} (${wish.text})`)
    }
  }
}

/** What is there is found by each of its words. */
function checkSearch({ truth, town }: World): void {
  for (const { id, body } of truth.messages.values()) {
    const lost = [...wordsOf(textOf(body))].filter((word) => !truth.words.get(word)?.includes(id))
    if (lost.length > 0) town.report('search finds every message', `${id} is not found by ${lost.join(', ')}`)
  }
}

function checkLikes({ truth, history, town, users }: World): void {
  for (const id of history.published.keys()) {
    let certain = 0
    for (const user of users) if (history.likes(user, id).at(-1)?.on) certain++
    const counted = truth.likers.get(id)?.length ?? 0
    if (truth.messages.has(id) && counted !== certain) {
      town.report('a like counts once', `${id} has ${counted} likes, ${certain} users like it`)
    }
  }
}

/** Nothing is held for ever: not by a process, and not by the queue. */
function checkBounds({ hosts, volatile, history, town }: World): void {
  for (const { name, process } of hosts) {
    const lowest = process?.ids.lowestInFlight() ?? Number.POSITIVE_INFINITY
    if (lowest !== Number.POSITIVE_INFINITY) town.report('no id stays in flight', `${lowest} does at ${name}`)
    const { bytes } = process!.bodies.stats()
    if (bytes > bodiesBytesMax) town.report('the message cache keeps its bound', `${bytes} bytes at ${name}`)
  }
  for (const id of history.published.keys()) {
    if (volatile.queue.holds(id)) town.report('the queue holds no job for ever', `${id}`)
  }
}

/** Pages from the newest back to the end hold exactly what there is of whom the reader follows. */
async function checkPages({ truth, history, town, users, random, hosts }: World): Promise<void> {
  const followed = (reader: UserId, author: UserId) => history.follows(reader, author).at(-1)?.on
  const muted = (reader: UserId, author: UserId) => history.mutes(reader, author).at(-1)?.on
  /** Whose message it shows. */
  const shownAuthor = ({ author, body }: MessageRecord) => {
    const link = linkOf(body)
    return link?.kind === 'boost' ? truth.messages.get(link.message)?.author : author
  }
  for (const reader of users) {
    const found = await leaf(town, reader, random.pick([1, 3, 20]), 1_000, true)
    const expected = [...truth.messages.values()]
      .filter(
        (message) =>
          (message.author === reader || (followed(reader, message.author) && !muted(reader, message.author))) &&
          !muted(reader, shownAuthor(message) ?? reader),
      )
      .map(({ id }) => id)
      .sort((a, b) => b - a)
    // A body that another process holds may outlive a message that was abandoned before anybody was told of it.
    const got = found
      .map(({ id }) => id)
      .filter((id) => hosts.length === 1 || !truth.gone.has(id) || history.published.has(id))
    if (got.join() !== expected.join()) {
      town.report('pages have no hole', `${reader} got [${got}], there is [${expected}]`)
    }
    for (const { id, wish, ...seen } of found) {
      if (!history.published.has(id)) continue
      // Several processes learn each other's likes by the Bus alone, in any order.
      if (hosts.length > 1) continue
      const shown = wish.boostOf ?? id
      const likes = truth.likers.get(shown)?.length ?? 0
      const boosters = [...(truth.boosted.get(shown)?.values() ?? [])]
      const replies = truth.replies.get(shown)?.length ?? 0
      if (seen.likes !== likes || seen.boosts !== boosters.length || seen.replies !== replies) {
        const { likes: l, boosts: b, replies: r } = seen
        town.report(
          'counts are exact in the end',
          `${id}: ${l}, ${b}, ${r}, not ${likes}, ${boosters.length}, ${replies}`,
        )
      }
      const expectedLike = history.likes(reader, shown).at(-1)?.on === true
      if (seen.liked !== expectedLike) town.report('you.liked is right', `${id} for ${reader}: ${seen.liked}`)
      const expectedBoost = boosters.includes(reader)
      if (seen.boosted !== expectedBoost) town.report('you.boosted is right', `${id} for ${reader}: ${seen.boosted}`)
    }
  }
}
