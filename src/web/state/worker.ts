import type { PushSubscription } from '../../sdk/browser.ts'
import { t } from '../words/index.ts'
import { rookery } from './client.ts'
import { go } from './router.ts'
import { me, onLogOut } from './session.ts'
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
  let last: string | undefined
  me.subscribe((user) => {
    if (user && user.id !== last) renewPush(registration).catch(() => {})
    last = user?.id
  })
  await leaveWords()
}

/** A subscription belongs to the session that made it: whoever has one tells the server at each start and log-in. */
async function renewPush({ pushManager }: ServiceWorkerRegistration): Promise<void> {
  const subscription = await pushManager?.getSubscription()
  if (subscription) await rookery.subscribePush(subscription.toJSON() as PushSubscription)
}

/** The server ends it with the session; the browser's own part goes here, so that nobody gets what is another's. */
async function endPush(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration()
  await (await registration?.pushManager?.getSubscription())?.unsubscribe()
}
onLogOut(() => void endPush().catch(() => {}), { theirOwn: true })

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
