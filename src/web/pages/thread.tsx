import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { type Event, type Message, type Original, RookeryError } from '../../sdk/browser.ts'
import type { PageProps } from '../routes.ts'
import { rookery } from '../state/client.ts'
import { keptFor, Pager } from '../state/pager.ts'
import { isDeleted, type Post, postOf, postWith } from '../state/posts.ts'
import { place } from '../state/router.ts'
import { onEvent, pending } from '../state/timeline.ts'
import { Composer } from '../ui/composer.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { MessageCard } from '../ui/message-card.tsx'
import { MessageList } from '../ui/message-list.tsx'
import { Page } from '../ui/page.tsx'
import { PendingCard } from '../ui/pending-card.tsx'
import { People, peoplePager } from '../ui/people.tsx'
import { EmptyState, ErrorNote, Skeleton, useBackOnline } from '../ui/states.tsx'
import { full } from '../ui/time.tsx'
import { t } from '../words/index.ts'

/** How far up a conversation is shown: beyond it a link leads to the one before. */
const aboveMax = 20

interface Kept {
  main: Post | undefined
  above: readonly Post[]
}

/** A message, what it replies to, and its replies. */
export default function Thread({ id }: PageProps) {
  const kept = useMemo(
    () => keptFor(`${place.peek().key} thread ${id}`, (): Kept => ({ main: undefined, above: [] })),
    [id],
  )
  const main = useSignal(kept.main)
  const above = useSignal(kept.above)
  const error = useSignal<unknown>(undefined)

  async function load(): Promise<void> {
    error.value = undefined
    show(postWith(id)?.peek())
    try {
      show(await rookery.message(id))
      await climb(main.peek()!.peek())
    } catch (thrown) {
      // Shown by now, perhaps: the timeline that is held offline has it.
      show(postWith(id)?.peek())
      error.value = thrown
    }
  }

  function show(message: Message | undefined): void {
    if (!message) return
    kept.main = postOf(message.boostOf ?? message)
    main.value = kept.main
  }

  /** What it answers, and what that answers: shown as soon as one is there, up to where something is gone. */
  async function climb(from: Original): Promise<void> {
    const found: Post[] = []
    for (let up = from.replyTo; up !== undefined && found.length <= aboveMax; up = found[0]!.peek().replyTo) {
      const parent = await rookery.message(up).catch(() => undefined)
      if (!parent) break
      found.unshift(postOf(parent))
    }
    kept.above = found
    above.value = found
  }
  useEffect(() => void load(), [id])

  const post = main.value
  useBackOnline(post && error.value, () => void load())
  // An id that none can have is in an address that was mistyped.
  const gone = error.value instanceof RookeryError && ['no_such_message', 'invalid'].includes(error.value.code)
  return (
    <Page title={t('message')} back>
      {gone || (post && isDeleted(post.value)) ? (
        <EmptyState icon="trash" title={t('messageGone')}>
          <p>{t('messageGoneMore')}</p>
        </EmptyState>
      ) : post ? (
        <Conversation post={post} above={above.value} />
      ) : error.value !== undefined ? (
        <ErrorNote error={error.value} retry={() => void load()} />
      ) : (
        <Skeleton rows={3} />
      )}
    </Page>
  )
}

function Conversation({ post, above }: { post: Post; above: readonly Post[] }) {
  const message = post.value
  const { id } = message
  const replies = useMemo(() => {
    return keptFor(`${place.peek().key} replies to ${id}`, () => {
      return new Pager<Post>(async (before) => {
        const { messages, next } = await rookery.replies(id, { before })
        return { items: messages.map(postOf), next }
      })
    })
  }, [id])
  useEffect(() => {
    return onEvent((event) => {
      const reply = messageOf(event)
      if (reply?.replyTo !== id || replies.items.peek().some((each) => each.peek().id === reply.id)) return
      replies.add(postOf(reply))
    })
  }, [id])
  const waiting = pending.value.filter(({ draft }) => draft.replyTo === id)
  const ref = useRef<HTMLDivElement>(null)
  const stood = useRef<number | undefined>(undefined)
  // What comes above must not move what one came for.
  useLayoutEffect(() => {
    const top = ref.current!.getBoundingClientRect().top
    if (stood.current !== undefined && above.length > 0) scrollBy(0, top - stood.current)
    stood.current = above.length === 0 ? top : undefined
  }, [above.length])
  const missing = message.replyTo !== undefined && above.length === 0
  const [before, nearest] = above.length > aboveMax ? [above[0]!.value, above.slice(1)] : [undefined, above]

  return (
    <>
      <div class="sheet thread">
        {before && (
          <a class="thread-before" href={`/@${before.author.handle}/${before.id}`}>
            {t('showBefore')}
          </a>
        )}
        {nearest.map((each) => (
          <MessageCard key={each.peek().id} post={each} leads />
        ))}
        <div ref={ref}>
          {missing && <p class="thread-missing faint">{t('replyingTo')}</p>}
          <MessageCard key={id} post={post} main />
          <About post={post} />
        </div>
        <Composer key={id} replyTo={message} />
      </div>
      <h2 class="section-title">{t('repliesTitle')}</h2>
      {waiting.length > 0 && (
        <div class="sheet">
          {waiting.map((each) => (
            <PendingCard key={each.key} waiting={each} />
          ))}
        </div>
      )}
      <div class="replies">
        <MessageList of={replies} label={t('repliesTitle')} empty={<p class="list-done">{t('noReplies')}</p>} />
      </div>
    </>
  )
}

/** What may be a reply: written here, by somebody one follows, or told of as a notification. */
function messageOf(event: Event): Message | undefined {
  if (event.type === 'message' || event.type === 'sent') return event.message
  return event.type === 'notification' ? event.notification.message : undefined
}

/** When it was written, and who likes it. */
function About({ post }: { post: Post }) {
  const { id, createdAt, likes, boosts } = post.value
  const open = useSignal(false)
  return (
    <p class="thread-about">
      <time dateTime={createdAt}>{full(new Date(createdAt))}</time>
      {boosts > 0 && <span>{t('boosts', { count: boosts })}</span>}
      {likes > 0 && (
        <button type="button" class="text-button" aria-haspopup="dialog" onClick={() => void (open.value = true)}>
          {t('likes', { count: likes })}
        </button>
      )}
      {open.value && <Likers id={id} onClose={() => void (open.value = false)} />}
    </p>
  )
}

function Likers({ id, onClose }: { id: string; onClose: () => void }) {
  const pager = useMemo(() => peoplePager((page) => rookery.likers(id, page)), [id])
  return (
    <Dialog title={t('likersTitle')} onClose={onClose}>
      <People of={pager} label={t('likersTitle')} empty={<p class="list-done">{t('noLikers')}</p>} />
    </Dialog>
  )
}
