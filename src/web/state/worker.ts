import { t } from '../words/index.ts'
import { go } from './router.ts'
import { toast } from './toasts.ts'
import { allowScriptUrls } from './trusted.ts'

/** The service worker: what opens offline and shows pushes. Browsers have it on https and localhost alone. */
export async function startWorker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  navigator.serviceWorker.addEventListener('message', ({ data }) => {
    const path: unknown = data?.go
    if (typeof path === 'string' && /^\/(?!\/)/.test(path)) go(path)
  })
  const registration = await navigator.serviceWorker.register(allowScriptUrls('/sw.js') as string)
  registration.addEventListener('updatefound', () => tellOfUpdate(registration.installing))
  await leaveWords()
}

/** A new version is at hand once its worker is installed; the first one is none. */
function tellOfUpdate(worker: ServiceWorker | null): void {
  worker?.addEventListener('statechange', () => {
    if (worker.state !== 'installed' || !navigator.serviceWorker.controller) return
    toast(t('updateReady'), { action: { text: t('reload'), run: () => location.reload() } })
  })
}

/** Leaves the words of pushes for the worker, which knows no language. */
async function leaveWords(): Promise<void> {
  const name = '{name}'
  const words = {
    mention: t('pushMention', { name }),
    reply: t('pushReply', { name }),
    like: t('pushLike', { name }),
    boost: t('pushBoost', { name }),
    follow: t('pushFollow', { name }),
    message: t('pushMessage', { name }),
    others: t('pushOthers', { title: '{title}', count: '{count}' }),
    news: t('pushNews'),
  }
  await (await caches.open('words')).put('/words', Response.json(words))
}
