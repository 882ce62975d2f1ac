import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { t } from '../words/index.ts'
import { Logo } from './logo.tsx'

/** The front door: what strangers see. */
export function Door({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Rookery`
  }, [title])
  return (
    <main class="door">
      <div class="door-brand">
        <Logo size={64} />
        <p class="door-name">Rookery</p>
        <p class="door-slogan">{t('slogan')}</p>
      </div>
      <div class="door-card">
        <h1 tabIndex={-1}>{title}</h1>
        {children}
      </div>
    </main>
  )
}
