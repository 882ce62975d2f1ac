import { type Signal, signal } from '@preact/signals'
import type { Message } from '../../sdk/browser.ts'
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
export function postOf(message: Message): Post {
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

/** Likes, or takes the like back: shown at once, undone where the server refuses. @throws RookeryError */
export async function toggleLike(post: Post): Promise<void> {
  const { id } = post.value
  const liked = !marks(post.value).liked
  const show = (on: boolean) =>
    change(id, (message) =>
      marks(message).liked === on
        ? message
        : { ...message, likes: Math.max(0, message.likes + (on ? 1 : -1)), you: { ...marks(message), liked: on } },
    )
  show(liked)
  try {
    const { likes } = await (liked ? rookery.like(id) : rookery.unlike(id))
    change(id, (message) => ({ ...message, likes }))
  } catch (error) {
    show(!liked)
    throw error
  }
}

/** Boosts, or takes the boost back. @throws RookeryError */
export async function toggleBoost(post: Post): Promise<void> {
  const { id } = post.value
  const boosted = !marks(post.value).boosted
  const show = (on: boolean) =>
    change(id, (message) =>
      marks(message).boosted === on
        ? message
        : { ...message, boosts: Math.max(0, message.boosts + (on ? 1 : -1)), you: { ...marks(message), boosted: on } },
    )
  show(boosted)
  try {
    if (boosted) await rookery.boost(id)
    else await rookery.unboost(id)
  } catch (error) {
    show(!boosted)
    throw error
  }
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
