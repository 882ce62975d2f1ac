import type { ComponentChildren } from 'preact'
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

/** What went wrong and what to do; `retry` does it again. */
export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="error-note" role="alert">
      <Icon name="warning" size={20} />
      <p>{errorText(error)}</p>
      {retry && <Button onClick={retry}>{t('retry')}</Button>}
    </div>
  )
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
