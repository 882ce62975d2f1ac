import type { MessageId, UserId } from '../core/ids.ts'
import { markersLookedAt } from '../core/limits.ts'
import { boostShown, composeMessage, cutBody, noCounts, youJson, youNeither } from '../core/message.ts'
import type { BoostStore } from '../ports/boosts.ts'
import type { LikeStore } from '../ports/likes.ts'
import type { MessageRecord } from '../ports/messages.ts'
import { type Bodies, type Body, bodyOf, isWhole } from './bodies.ts'
import { noSuchMessage } from './delete.ts'

/** Turns records into the JSON that one reader sees: author, counts and `you` put around the stored body. */
export interface Present {
  /** Ready JSON of bodies at hand that are whole, in their order. */
  bodies(reader: UserId, bodies: readonly Body[], preview?: number): Promise<string[]>
  /** Ready JSON, in the order given; undefined for a message that is gone. */
  byIds(reader: UserId, ids: readonly MessageId[], preview?: number): Promise<(string | undefined)[]>
  /** The JSON of a message that was just stored. */
  record(reader: UserId, record: MessageRecord): Promise<string>
  /** What a live frame of the message is made of; undefined when it is gone. */
  live(id: MessageId): Promise<LiveMessage | undefined>
}

export interface LiveMessage {
  /** The whole Message JSON as a reader sees it who neither likes nor boosts it. */
  readonly json: string
  /** What it boosts, and whose that is: once it is gone, or hidden, so is this. */
  readonly boostOf: { readonly id: MessageId; readonly author: UserId } | undefined
  /** Readers who see it otherwise, by `byIds`; undefined where there are none, `many` where there are too many to look at. */
  readonly markers: ReadonlySet<UserId> | 'many' | undefined
}

export function createPresent({
  bodies,
  likes,
  boosts,
  authorJson,
}: {
  bodies: Bodies
  likes: Pick<LikeStore, 'likedAmong' | 'likers'>
  boosts: Pick<BoostStore, 'boostedAmong' | 'boostsOf'>
  /** Ready-serialised `Author` JSON; a promise only when it is not at hand. */
  authorJson: (author: UserId) => string | Promise<string>
}): Present {
  async function present(reader: UserId, list: readonly Body[], preview?: number): Promise<string[]> {
    // Nobody has liked or boosted most messages of a page, so this reader has not: usually no look-up at all.
    let anyLiked: MessageId[] | undefined
    let anyBoosted: MessageId[] | undefined
    // What boosts boost may be deleted while names are looked up.
    let originals: (Body | undefined)[] | undefined
    for (const body of list) {
      if (body.original !== undefined) originals ??= list.map((one) => one.original)
      const shown = body.original ?? body
      if (shown.likes > 0) (anyLiked ??= []).push(shown.id)
      if (shown.boosts > 0) (anyBoosted ??= []).push(shown.id)
    }
    const [liked, boosted] =
      anyLiked === undefined && anyBoosted === undefined
        ? none
        : await Promise.all([
            anyLiked && likes.likedAmong(reader, anyLiked),
            anyBoosted && boosts.boostedAmong(reader, anyBoosted),
          ])
    const out: string[] = new Array(list.length)
    for (let i = 0; i < list.length; i++) {
      const body = list[i]!
      const original = originals?.[i]
      const { id } = original ?? body
      const found = authorJson(body.author)
      const author = typeof found === 'string' ? found : await found
      // One's own boost tells by itself that one boosts, also where its count is a moment old.
      const boosts = boosted?.has(id) || (original !== undefined && body.author === reader)
      const you = liked || boosts ? youJson(liked?.has(id) ?? false, boosts ?? false) : youNeither
      if (original !== undefined) {
        const json = whole(original, await authorJson(original.author), you, preview)
        out[i] = boostAround(body, original, json, author, you)
      } else out[i] = whole(body, author, you, preview)
    }
    return out
  }

  async function byIds(reader: UserId, ids: readonly MessageId[], preview?: number) {
    const found = (await bodies.many(ids)).map((body) => (isWhole(body) ? body : undefined))
    const there = found.filter((body) => body !== undefined)
    const json = await present(reader, there, preview)
    let next = 0
    return found.map((body) => (body === undefined ? undefined : json[next++]))
  }

  /** At once where it is cached, as nearly always of what was just stored. */
  function atHand(id: MessageId): readonly (Body | undefined)[] | Promise<(Body | undefined)[]> {
    const body = bodies.peek(id)
    return body !== undefined && body.boostOf === undefined ? [body] : bodies.many([id])
  }

  /** Who likes or boosts it. */
  async function markersOf({ id, likes: liked, boosts: boosted }: Body): Promise<LiveMessage['markers']> {
    if (liked + boosted > markersLookedAt) return 'many'
    const [likers, found] = await Promise.all([
      liked === 0 ? undefined : likes.likers(id, undefined, markersLookedAt),
      boosted === 0 ? undefined : boosts.boostsOf(id, undefined, markersLookedAt),
    ])
    if (likers?.next !== undefined || found?.next !== undefined) return 'many'
    return new Set([...(likers?.users ?? []), ...(found?.boosts ?? []).map(({ user }) => user)])
  }

  return {
    bodies: present,
    byIds,
    async record(reader, record) {
      // What an Idempotency-Key made long ago may have been liked since, and be gone from the cache, or altogether.
      const [body] = await atHand(record.id)
      if (body !== undefined && !isWhole(body)) throw noSuchMessage()
      return (await present(reader, [body ?? bodyOf(record, noCounts)]))[0]!
    },
    async live(id) {
      const found = atHand(id)
      const [body] = found instanceof Promise ? await found : found
      if (!isWhole(body)) return undefined
      const { original } = body
      const author = await authorJson(body.author)
      const json =
        original === undefined
          ? asMostSeeIt(body, author)
          : boostAround(body, original, asMostSeeIt(original, await authorJson(original.author)), author, youNeither)
      const marked = original ?? body
      const markers = marked.likes + marked.boosts === 0 ? undefined : await markersOf(marked)
      return { json, boostOf: original, markers }
    },
  }
}

const none: readonly (ReadonlySet<MessageId> | undefined)[] = []

/** One message that boosts none. */
function whole(body: Body, author: string, you: string, preview: number | undefined): string {
  if (preview !== undefined) return composeMessage(cutBody(body.body, preview), author, body.counts, you)
  return you === youNeither ? asMostSeeIt(body, author) : composeMessage(body.body, author, body.counts, you)
}

/** The message as a reader sees it who neither likes nor boosts it: put together once, for as long as author and counts stay. */
function asMostSeeIt(body: Body, author: string): string {
  const { shown } = body
  if (shown !== undefined && shown.author === author) return shown.json
  const json = composeMessage(body.body, author, body.counts, youNeither)
  body.shown = { author, json }
  return json
}

/** A boost around the JSON of what it boosts, whose counts and `you` it shows: it has none of its own. */
function boostAround(boost: Body, original: Body, json: string, author: string, you: string): string {
  return composeMessage(boostShown(boost.body, json), author, original.counts, you)
}
