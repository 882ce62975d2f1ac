import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { RookeryError } from '../../sdk/browser.ts'
import { online } from '../state/network.ts'
import { t } from '../words/index.ts'
import { Button } from './button.tsx'
import { errorText } from './errors.ts'
import { Icon, type IconName } from './icon.tsx'

/** What a list says that holds nothing. */
export function EmptyState({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={32} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** What went wrong and what to do; `retry` does it again, and is done by itself once the server can be reached again. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  useBackOnline(error, retry)
  return (
    <div class="error-note" role="alert">
      <Icon name="warning" size={20} />
      <p>{errorText(error)}</p>
      {retry && <Button onClick={retry}>{t('retry')}</Button>}
    </div>
  )
}

/** Where `error` says that the server could not be reached: does `act` when it can again. */
export function useBackOnline(error: unknown, act: (() => void) | undefined): void {
  const now = useRef(act)
  now.current = act
  const waits = error instanceof RookeryError && error.code === 'unreachable'
  // Before the network can come back unheard.
  useLayoutEffect(() => {
    if (!waits) return
    let was = online.peek()
    return online.subscribe((is) => {
      if (is && !was) now.current?.()
      was = is
    })
  }, [waits])
}

/** The shapes of what is about to come. */
export function Skeleton({ rows = 5 }: { rows?: number }) {
  return (
    <div class="skeleton" role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, i) => (
        <div class="skeleton-row" key={i} aria-hidden="true">
          <span class="skeleton-avatar" />
          <span class="skeleton-lines">
            <span />
            <span />
            <span />
          </span>
        </div>
      ))}
    </div>
  )
}
