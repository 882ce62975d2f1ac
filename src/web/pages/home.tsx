import { render } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { place } from '../state/router.ts'
import { topInView } from '../state/scroll.ts'
import { me } from '../state/session.ts'
import { atTop, more, pending, problem, showNewest, shown, state, topless, waitingCount } from '../state/timeline.ts'
import { Composer } from '../ui/composer.tsx'
import { Guarded } from '../ui/guarded.tsx'
import { Icon } from '../ui/icon.tsx'
import { More } from '../ui/list.tsx'
import { MessageCard } from '../ui/message-card.tsx'
import { Page, pageTitle } from '../ui/page.tsx'
import { PendingCard } from '../ui/pending-card.tsx'
import { EmptyState } from '../ui/states.tsx'
import { Suggestions } from '../ui/suggestions.tsx'
import { t } from '../words/index.ts'

/** Where the timeline is, in the document or, while another page is shown, out of it. */
const kept = document.createElement('div')
let made = false

// Without anybody there is no timeline: gone before any part of it asks whose it is.
me.subscribe((user) => {
  if (user || !made) return
  render(null, kept)
  made = false
})

/** The home page. Its timeline is made once: going back to it finds every row where it was, and makes none anew. */
export default function Home() {
  const host = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (!place.peek().returned) void showNewest()
    if (!made) {
      render(
        <Guarded>
          <Timeline />
        </Guarded>,
        kept,
      )
    }
    made = true
    host.current!.append(kept)
    document.title = pageTitle(t('home'))
    return () => kept.remove()
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
  return <div ref={host} />
}

/** Live at its top; what arrives while one reads further down waits behind a button. */
function Timeline() {
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
