import { type Signal, signal } from '@preact/signals'
import type { Author, Message } from '../../sdk/browser.ts'
import { rookery } from './client.ts'
import { me } from './session.ts'

/**
 * A message as every place that shows it has it: a like on one page is a like on all. Lists hold posts; one that no list holds
 * any more is given back to the memory.
 */
export type Post = Signal<Message>

const known = new Map<string, WeakRef<Post>>()
const forgotten = new FinalizationRegistry<string>((id) => {
  if (known.get(id)?.deref() === undefined) known.delete(id)
})

/** The post of a message; what is newer about it is taken over. */
export function postOf(given: Message): Post {
  const message = asWished(given)
  const there = known.get(message.id)?.deref()
  if (there) {
    there.value = { ...message, ...(message.truncated && !there.value.truncated && { text: there.value.text }) }
    return there
  }
  const post = signal(message)
  known.set(message.id, new WeakRef(post))
  forgotten.register(post, message.id)
  return post
}

// Who one is by now stands on one's own messages too.
me.subscribe((user) => {
  if (!user) return
  const { id, handle, name, avatar } = user
  const author = { id, handle, name, ...(avatar && { avatar }) }
  const isOld = (of: Author) => of.id === id && (of.name !== name || of.avatar !== avatar)
  for (const ref of known.values()) {
    const post = ref.deref()
    if (post && isOld(post.peek().author)) post.value = { ...post.peek(), author }
  }
})

/** The post with this id, where anything shows it. */
export const postWith = (id: string): Post | undefined => known.get(id)?.deref()

/** Ids of messages that were deleted while the page was open: lists leave them out. */
export const deletedIds = signal<ReadonlySet<string>>(new Set())
const deletedMax = 10_000

/** Takes a message, and whatever boosts it, out of all lists. */
export function dropPost(id: string): void {
  deletedIds.value = new Set([...deletedIds.value, id].slice(-deletedMax))
}

export const isDeleted = (message: Message): boolean =>
  deletedIds.value.has(message.id) || (message.boostOf !== undefined && deletedIds.value.has(message.boostOf.id))

/** Changes what is known of a message, wherever it is shown, as itself or as what is boosted. */
export function change(id: string, how: (message: Message) => Message): void {
  const post = postWith(id)
  if (post) post.value = how(post.value)
}

/** New counts of likes, as `watch` tells them. */
export function countLikes(counts: Readonly<Record<string, number>>): void {
  for (const [id, likes] of Object.entries(counts))
    change(id, (message) => (message.likes === likes ? message : { ...message, likes }))
}

const marks = ({ you }: Message) => you ?? { liked: false, boosted: false }

type Mark = keyof Exclude<Message['you'], undefined>
const counted = { liked: 'likes', boosted: 'boosts' } as const

/** What the reader wishes of a message that the server is being asked about, by mark and id. */
const wishes = new Map<string, boolean>()
/** What was asked for last, a while longer: what comes over the socket may have been said before that was done. */
const lately = new Map<string, boolean>()
const latelyMs = 3_000

/** The message with a mark, or without, and counted so. */
function marked(message: Message, mark: Mark, on: boolean): Message {
  if (marks(message)[mark] === on) return message
  const count = Math.max(0, message[counted[mark]] + (on ? 1 : -1))
  return { ...message, [counted[mark]]: count, you: { ...marks(message), [mark]: on } }
}

/** What the server says of a message, with what the reader has wished since it said so. */
function asWished(message: Message): Message {
  let wished = message
  for (const mark of ['liked', 'boosted'] as const) {
    const key = `${mark} ${message.id}`
    const on = wishes.get(key) ?? lately.get(key)
    if (on !== undefined) wished = marked(wished, mark, on)
  }
  return wished
}

/**
 * Shows the other state at once, and asks for it. While one request is under way, wishes only replace each other: the last is
 * asked for after the answer, so that none overtakes another. What `ask` resolves to is known better from then on.
 */
async function toggle(
  { value }: Post,
  mark: Mark,
  ask: (id: string, on: boolean) => Promise<Partial<Message>>,
): Promise<void> {
  const { id } = value
  const show = (on: boolean) => change(id, (message) => marked(message, mark, on))
  const wish = !marks(value)[mark]
  show(wish)
  const key = `${mark} ${id}`
  const underWay = wishes.has(key)
  wishes.set(key, wish)
  if (underWay) return
  let held = !wish
  try {
    let asked: boolean | undefined
    while (asked !== wishes.get(key)) {
      asked = wishes.get(key)!
      try {
        const told = await ask(id, asked)
        held = asked
        show(held)
        change(id, (message) => ({ ...message, ...told }))
        show(wishes.get(key)!)
      } catch (error) {
        // What is wished since is asked for all the same.
        if (asked !== wishes.get(key)) continue
        show(held)
        throw error
      }
    }
  } finally {
    wishes.delete(key)
    lately.set(key, held)
    setTimeout(() => lately.delete(key), latelyMs)
  }
}

/** Likes, or takes the like back: undone where the server refuses. @throws RookeryError */
export function toggleLike(post: Post): Promise<void> {
  return toggle(post, 'liked', async (id, on) => {
    const { likes } = await (on ? rookery.like(id) : rookery.unlike(id))
    return { likes }
  })
}

/** Boosts, or takes the boost back. @throws RookeryError */
export function toggleBoost(post: Post): Promise<void> {
  return toggle(post, 'boosted', async (id, on) => {
    await (on ? rookery.boost(id) : rookery.unboost(id))
    return {}
  })
}

/** Deletes for good. @throws RookeryError */
export async function deletePost(post: Post): Promise<void> {
  const { id } = post.value
  await rookery.deleteMessage(id)
  dropPost(id)
}

/** Whether whoever is logged in may delete it. */
export const mayDelete = (message: Message): boolean =>
  message.author.id === me.value?.id || (me.value?.role ?? 'user') !== 'user'
