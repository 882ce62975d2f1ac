import { Component } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Original } from '../../sdk/browser.ts'
import { readAgain } from '../state/people.ts'
import { change, deletePost, isDeleted, mayDelete, type Post, postOf, toggleBoost, toggleLike } from '../state/posts.ts'
import { go } from '../state/router.ts'
import { me } from '../state/session.ts'
import { toast } from '../state/toasts.ts'
import { watch } from '../state/watch.ts'
import { writeTo } from '../state/writing.ts'
import { shortNumber, t, tr, type Word } from '../words/index.ts'
import { Avatar } from './avatar.tsx'
import { confirm } from './dialog.tsx'
import { toastError } from './errors.ts'
import { Icon, type IconName } from './icon.tsx'
import { MediaOf } from './media.tsx'
import { type Choice, Menu } from './menu.tsx'
import { FoldedText, MessageText } from './message-text.tsx'
import { reporting } from './reporting.ts'
import { RelativeTime } from './time.tsx'

interface Props {
  post: Post
  /** The message that the page is about: larger, and without a link to itself. */
  main?: boolean
  /** Its thread goes on below: a line leads there. */
  leads?: boolean
}

/** A message with all that one may do with it; a boost shows what it boosts. Nothing of it is made anew unless its post changes. */
export class MessageCard extends Component<Props> {
  override shouldComponentUpdate(next: Props) {
    return next.post !== this.props.post || next.main !== this.props.main || next.leads !== this.props.leads
  }

  override render() {
    return <Card {...this.props} />
  }
}

function Card({ post, main = false, leads = false }: Props) {
  const message = post.value
  const { boostOf } = message
  const shown = useMemo(() => (boostOf ? postOf(boostOf) : post), [post, boostOf?.id])
  const ref = useRef<HTMLElement>(null)
  useEffect(() => (ref.current ? watch(ref.current, shown) : undefined), [shown])
  if (isDeleted(message)) return null
  const { author, id, createdAt, replyTo, media, truncated } = shown.value
  const address = `/@${author.handle}/${id}`

  /** A press anywhere on a card opens it, unless it was on something of its own or selected a text. */
  function open(event: MouseEvent): void {
    const own = (event.target as Element).closest('a, button, input, video, audio, dialog, [role=menu]')
    if (main || own || getSelection()?.toString()) return
    go(address)
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the time is the link for the keyboard, and `o` opens
    <article
      class={`card${main ? ' main' : ''}${leads ? ' leads' : ''}`}
      data-row={message.id}
      ref={ref}
      tabIndex={main ? undefined : -1}
      aria-label={t('messageBy', { name: author.name || author.handle })}
      onClick={open}
    >
      {boostOf && (
        <p class="card-why">
          <Icon name="boost" size={16} />
          <span>
            {message.author.id === me.value?.id
              ? t('youBoosted')
              : tr('boosted', {
                  name: (
                    <a href={`/@${message.author.handle}`}>
                      <bdi>{message.author.name || message.author.handle}</bdi>
                    </a>
                  ),
                })}
          </span>
        </p>
      )}
      {/* biome-ignore lint/a11y/useAnchorContent: for the mouse alone; the name beside it is the link for all */}
      <a class="card-avatar" href={`/@${author.handle}`} tabIndex={-1} aria-hidden="true">
        <Avatar user={author} />
      </a>
      <div class="card-body">
        <header class="card-head">
          <a class="card-author" href={`/@${author.handle}`}>
            <bdi class="card-name">{author.name || author.handle}</bdi>
            <bdi class="card-handle">@{author.handle}</bdi>
          </a>
          <a class="card-time" href={address}>
            <RelativeTime at={createdAt} />
          </a>
        </header>
        {replyTo && !main && !leads && <p class="card-reply">{t('replyingTo')}</p>}
        {shown.value.text !== '' &&
          (main ? <MessageText message={shown.value} /> : <FoldedText message={shown.value} unfolds={!truncated} />)}
        {truncated && (
          <a class="card-all" href={address}>
            {t('showAll')}
          </a>
        )}
        {media.length > 0 && <MediaOf media={media} />}
        <Actions post={shown} />
      </div>
    </article>
  )
}

function Actions({ post }: { post: Post }) {
  const message = post.value
  const { liked, boosted } = message.you ?? { liked: false, boosted: false }
  return (
    <div class="actions">
      <Action icon="reply" word="reply" count={message.replies} onClick={() => writeTo({ replyTo: message })} />
      <Action
        icon="boost"
        word="boost"
        count={message.boosts}
        pressed={boosted}
        onClick={() => toggleBoost(post).catch((error) => toastError(error, t('boostFailed')))}
      />
      <Action
        icon="heart"
        word="like"
        count={message.likes}
        pressed={liked}
        onClick={() => toggleLike(post).catch((error) => toastError(error, t('likeFailed')))}
      />
      <Menu label={t('more')} choices={() => choices(post)} />
    </div>
  )
}

const undo = { like: 'unlike', boost: 'unboost' } as const

function Action({
  icon,
  word,
  count,
  pressed,
  onClick,
}: {
  icon: IconName
  word: Word & ('reply' | 'boost' | 'like')
  count: number
  pressed?: boolean
  onClick: () => void
}) {
  return (
    <button
      type="button"
      class={`action ${word}`}
      data-action={word}
      title={t(pressed && word !== 'reply' ? undo[word] : word)}
      onClick={onClick}
      {...(pressed !== undefined && { 'aria-pressed': pressed })}
    >
      <Icon name={icon} />
      <span class="unseen">{t(word)} </span>
      <span class="action-count">{count > 0 ? shortNumber(count) : ''}</span>
    </button>
  )
}

function choices(post: Post): Choice[] {
  const message = post.value
  return [
    { text: t('copyLink'), icon: 'link', run: () => void copyLink(message) },
    ...(message.author.id === me.value?.id
      ? []
      : [{ text: t('report'), icon: 'flag' as const, run: () => void (reporting.value = { message }) }]),
    ...(mayDelete(message)
      ? [{ text: t('delete'), icon: 'trash' as const, danger: true, run: () => void askToDelete(post) }]
      : []),
  ]
}

async function copyLink({ author, id }: Original): Promise<void> {
  try {
    await navigator.clipboard.writeText(`${location.origin}/@${author.handle}/${id}`)
    toast(t('copied'))
  } catch {
    // Without https there is no clipboard to write to.
    toast(`${location.origin}/@${author.handle}/${id}`)
  }
}

/** The focus was in what is gone: it goes to what stood beside it, else to the page's title. */
function giveFocus(near: Element | null | undefined): void {
  const to = near?.isConnected ? near : document.querySelector('main h1')
  if (to instanceof HTMLElement) to.focus({ preventScroll: true })
}

async function askToDelete(post: Post): Promise<void> {
  const card = document.activeElement?.closest('article')
  if (!(await confirm(t('deleteTitle'), t('deleteMore'), t('delete')))) return
  const { replyTo, author } = post.value
  try {
    const near = [card?.nextElementSibling, card?.previousElementSibling].find((each) => each?.matches('article'))
    await deletePost(post)
    giveFocus(near)
    void readAgain(author.id)
    if (replyTo) change(replyTo, (parent) => ({ ...parent, replies: Math.max(0, parent.replies - 1) }))
    toast(t('deleted'))
  } catch (error) {
    toastError(error, t('deleteFailed'))
  }
}
