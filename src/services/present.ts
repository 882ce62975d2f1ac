import type { MessageId, UserId } from '../core/ids.ts'
import { composeMessage, countsJson, cutBody, youLiked, youNeither } from '../core/message.ts'
import type { LikeStore } from '../ports/likes.ts'
import type { MessageRecord } from '../ports/messages.ts'
import type { Bodies, Body } from './bodies.ts'

/** Turns records into the JSON that one reader sees: author, counts and `you` put around the stored body. */
export interface Present {
  /** Ready JSON of bodies at hand, in their order. */
  bodies(reader: UserId, bodies: readonly Body[], preview?: number): Promise<string[]>
  /** Ready JSON, in the order given; undefined for a message that is gone. */
  byIds(reader: UserId, ids: readonly MessageId[], preview?: number): Promise<(string | undefined)[]>
  /** The JSON of a message that was just stored. */
  record(reader: UserId, record: MessageRecord): Promise<string>
  /**
   * The part of a live frame that all readers share: the whole Message JSON as a reader sees it who did not like it, and
   * its likes; undefined when it is gone. Where `likes` is above 0, use `byIds` for each reader instead.
   */
  live(id: MessageId): Promise<{ json: string; likes: number } | undefined>
}

export function createPresent({
  bodies,
  likes,
  authorJson,
}: {
  bodies: Bodies
  likes: Pick<LikeStore, 'likedAmong'>
  /** Ready-serialised `Author` JSON; a promise only when it is not at hand. */
  authorJson: (author: UserId) => string | Promise<string>
}): Present {
  async function present(reader: UserId, list: readonly Body[], preview?: number): Promise<string[]> {
    // Nobody has liked most messages of a page, and what nobody liked this reader did not like: usually no look-up at all.
    let anyLiked: MessageId[] | undefined
    for (const body of list) if (body.likes > 0) (anyLiked ??= []).push(body.id)
    const liked = anyLiked === undefined ? undefined : await likes.likedAmong(reader, anyLiked)
    const out: string[] = new Array(list.length)
    for (let i = 0; i < list.length; i++) {
      const body = list[i]!
      const found = authorJson(body.author)
      const author = typeof found === 'string' ? found : await found
      if (preview === undefined && !liked?.has(body.id)) out[i] = asMostSeeIt(body, author)
      else {
        const text = preview === undefined ? body.body : cutBody(body.body, preview)
        out[i] = composeMessage(text, author, body.counts, liked?.has(body.id) ? youLiked : youNeither)
      }
    }
    return out
  }

  async function byIds(reader: UserId, ids: readonly MessageId[], preview?: number) {
    const found = await bodies.many(ids)
    const there = found.filter((body) => body !== undefined)
    const json = await present(reader, there, preview)
    let next = 0
    return found.map((body) => (body === undefined ? undefined : json[next++]))
  }

  return {
    bodies: present,
    byIds,
    async record(reader, record) {
      // What an Idempotency-Key made long ago may have been liked since, and be gone from the cache, or altogether.
      const body = bodies.peek(record.id) ?? (await bodies.many([record.id]))[0]
      return (await present(reader, [body ?? { ...record, likes: 0, counts: countsJson(0), revision: 0 }]))[0]!
    },
    async live(id) {
      const body = bodies.peek(id) ?? (await bodies.many([id]))[0]
      if (body === undefined) return undefined
      return { json: asMostSeeIt(body, await authorJson(body.author)), likes: body.likes }
    },
  }
}

/** The message as a reader sees it who did not like it: put together once, for as long as author and counts stay. */
function asMostSeeIt(body: Body, author: string): string {
  const { shown } = body
  if (shown !== undefined && shown.author === author) return shown.json
  const json = composeMessage(body.body, author, body.counts, youNeither)
  body.shown = { author, json }
  return json
}
