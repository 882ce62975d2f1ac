import type { ComponentChildren } from 'preact'
import { path } from '../state/router.ts'
import { me, unread } from '../state/session.ts'
import { showNewest } from '../state/timeline.ts'
import { writeTo, writing } from '../state/writing.ts'
import { number, t } from '../words/index.ts'
import { Aside } from './aside.tsx'
import { Avatar } from './avatar.tsx'
import { Banner } from './banner.tsx'
import { Composer } from './composer.tsx'
import { Dialog } from './dialog.tsx'
import { Icon, type IconName } from './icon.tsx'
import { Logo } from './logo.tsx'
import { ReportDialog } from './report-dialog.tsx'
import { Shortcuts } from './shortcuts.tsx'

/** What is around every page of those who are logged in. */
export function Shell({ children }: { children: ComponentChildren }) {
  const user = me.value!
  const mine = `/@${user.handle}`
  return (
    <div class="shell">
      {/* biome-ignore lint/a11y/useValidAnchor: it is one, whose address must stay that of the page */}
      <a class="skip" href="#content" onClick={skip}>
        {t('skipToContent')}
      </a>
      <nav class="side" aria-label={t('mainNavigation')}>
        <a class="side-logo" href="/" aria-label="Rookery">
          <Logo />
        </a>
        <Place to="/" icon="home" text={t('home')} />
        <Place to="/explore" icon="search" text={t('explore')} />
        <Place to="/inbox" icon="bell" text={t('notifications')} badge={unread.value} />
        <Place to={mine} icon="person" text={t('profile')} />
        {user.role !== 'user' && <Place to="/moderation" icon="shield" text={t('moderation')} small />}
        {user.role === 'admin' && <Place to="/admin" icon="chart" text={t('admin')} small />}
        <Place to="/settings" icon="gear" text={t('settings')} small />
        {/* Where one writes already, it would only open a second field. */}
        {path.value !== '/compose' && (
          <button type="button" class="side-write" onClick={() => writeTo()}>
            <Icon name="pen" />
            <span>{t('write')}</span>
          </button>
        )}
        <a class="side-me" href={mine}>
          <span class="unseen">{t('profile')}: </span>
          <Avatar user={user} size={40} />
          <span>
            <bdi class="card-name">{user.name || user.handle}</bdi>
            <bdi class="card-handle">@{user.handle}</bdi>
          </span>
        </a>
      </nav>
      <main id="content" class="content" tabIndex={-1}>
        <Banner />
        {children}
      </main>
      <Aside />
      {writing.value && (
        <Dialog
          title={t(writing.value.replyTo ? 'writeReply' : 'write')}
          onClose={() => void (writing.value = undefined)}
        >
          <Composer {...writing.value} focus onSent={() => void (writing.value = undefined)} />
        </Dialog>
      )}
      <ReportDialog />
      <Shortcuts />
    </div>
  )
}

/** Where one is already: to its top, and what is new. */
function toTop(event: Event): void {
  event.preventDefault()
  scrollTo({ top: 0 })
  if (path.value === '/') void showNewest()
}

/** Without the address changing. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}

function Place({
  to,
  icon,
  text,
  badge = 0,
  small = false,
}: {
  to: string
  icon: IconName
  text: string
  badge?: number
  small?: boolean
}) {
  const here = path.value === to
  return (
    <a
      class={small ? 'place small' : 'place'}
      href={to}
      {...(here && { 'aria-current': 'page' as const, onClick: toTop })}
    >
      <span class="place-icon">
        <Icon name={icon} size={24} />
        {badge > 0 && (
          <span class="badge" aria-hidden="true">
            {badge > 99 ? '99+' : number(badge)}
          </span>
        )}
      </span>
      <span class="place-text">{text}</span>
      {badge > 0 && <span class="unseen">, {t('unread', { count: badge })}</span>}
    </a>
  )
}
