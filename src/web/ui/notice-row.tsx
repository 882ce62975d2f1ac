import type { Notification } from '../../sdk/browser.ts'
import { go } from '../state/router.ts'
import { me } from '../state/session.ts'
import { t, tr, type Word } from '../words/index.ts'
import { Avatar } from './avatar.tsx'
import { Icon, type IconName } from './icon.tsx'
import { RelativeTime } from './time.tsx'

const looks: Record<Notification['type'], { icon: IconName; alone: Word & `notice${string}`; others?: Others }> = {
  mention: { icon: 'mention', alone: 'noticeMention' },
  reply: { icon: 'reply', alone: 'noticeReply' },
  like: { icon: 'heart', alone: 'noticeLike', others: 'noticeLikeOthers' },
  boost: { icon: 'boost', alone: 'noticeBoost', others: 'noticeBoostOthers' },
  follow: { icon: 'person', alone: 'noticeFollow', others: 'noticeFollowOthers' },
  message: { icon: 'bell', alone: 'noticeMessage' },
}
type Others = 'noticeLikeOthers' | 'noticeBoostOthers' | 'noticeFollowOthers'

/** What happened, in a sentence; it leads to where it did. */
export function NoticeRow({ of }: { of: Notification }) {
  const { type, user, message, others = 0, read, createdAt, id } = of
  const look = looks[type]
  const name = (
    <a class="notice-name" href={`/@${user.handle}`}>
      <bdi>{user.name || user.handle}</bdi>
    </a>
  )
  const sentence =
    others > 0 && look.others ? tr(look.others, { name, count: others }) : tr(look.alone as 'noticeLike', { name })
  const to = message
    ? `/@${message.author.handle}/${message.id}`
    : others > 0
      ? `/@${me.value!.handle}/followers`
      : `/@${user.handle}`

  /** A press anywhere opens it, unless it was on something of its own or selected a text. */
  function open(event: MouseEvent): void {
    if ((event.target as Element).closest('a') || getSelection()?.toString()) return
    go(to)
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the time is the link for the keyboard
    <article class={read ? 'notice' : 'notice fresh-notice'} data-row={id} tabIndex={-1} onClick={open}>
      <span class={`notice-icon ${type}`}>
        <Icon name={look.icon} size={20} />
      </span>
      <div class="notice-body">
        <div class="notice-head">
          {/* biome-ignore lint/a11y/useAnchorContent: for the mouse alone; the name beside it is the link for all */}
          <a class="card-avatar" href={`/@${user.handle}`} tabIndex={-1} aria-hidden="true">
            <Avatar user={user} size={34} />
          </a>
          <a class="card-time" href={to}>
            <RelativeTime at={createdAt} />
          </a>
        </div>
        <p class="notice-words">
          {!read && <span class="unseen">{t('noticeNew')}: </span>}
          {sentence}
        </p>
        {message && (
          <p class="notice-text" dir="auto">
            {message.text || t('mediaCount', { count: message.media.length })}
          </p>
        )}
      </div>
    </article>
  )
}
