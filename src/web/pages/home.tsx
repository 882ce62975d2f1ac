import { useEffect, useLayoutEffect } from 'preact/hooks'
import { place } from '../state/router.ts'
import { topInView } from '../state/scroll.ts'
import { atTop, more, pending, problem, showNewest, shown, state, topless, waitingCount } from '../state/timeline.ts'
import { Composer } from '../ui/composer.tsx'
import { Icon } from '../ui/icon.tsx'
import { More } from '../ui/list.tsx'
import { MessageCard } from '../ui/message-card.tsx'
import { Page } from '../ui/page.tsx'
import { PendingCard } from '../ui/pending-card.tsx'
import { EmptyState } from '../ui/states.tsx'
import { Suggestions } from '../ui/suggestions.tsx'
import { t } from '../words/index.ts'

/** The home timeline: live at its top; what arrives while one reads further down waits behind a button. */
export default function Home() {
  useLayoutEffect(() => {
    if (!place.peek().returned) void showNewest()
  }, [])
  useEffect(() => {
    const look = () => void (atTop.value = topInView())
    look()
    addEventListener('scroll', look, { passive: true })
    return () => {
      removeEventListener('scroll', look)
      atTop.value = false
    }
  }, [])

  async function goUp(): Promise<void> {
    scrollTo(0, 0)
    await showNewest()
    document.querySelector<HTMLElement>('main .card')?.focus({ preventScroll: true })
  }

  const count = waitingCount.value
  const empty = state.value === 'end' && shown.value.length + pending.value.length === 0
  return (
    <Page title={t('home')}>
      {(count > 0 || topless.value) && (
        <button type="button" class="fresh" onClick={goUp}>
          <Icon name="up" size={18} />
          {count > 0 ? t('newMessages', { count }) : t('toNewest')}
        </button>
      )}
      {/* Heard once it changes, without taking the focus. */}
      <p class="unseen" role="status">
        {count > 0 ? t('newMessages', { count }) : ''}
      </p>
      <Composer />
      {empty ? (
        <>
          <EmptyState icon="home" title={t('emptyTimeline')}>
            <p>{t('emptyTimelineMore')}</p>
            <a class="button primary" href="/explore">
              {t('findPeople')}
            </a>
          </EmptyState>
          <Suggestions />
        </>
      ) : (
        <div class="list">
          <div role="feed" aria-label={t('home')} aria-busy={state.value === 'loading'}>
            {pending.value.toReversed().map((waiting) => (
              <PendingCard key={waiting.key} waiting={waiting} />
            ))}
            {shown.value.map((post) => (
              <MessageCard key={post.peek().id} post={post} />
            ))}
          </div>
          <More state={state.value} error={problem} more={more} first={shown.value.length === 0} />
        </div>
      )}
    </Page>
  )
}
