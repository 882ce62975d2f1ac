/// <reference lib="webworker" />
import { type Pushed, shownAs } from './pushed.ts'

declare const self: ServiceWorkerGlobalScope
/** The built files by their hashed names, and a name for all of them together: put in by the bundler. */
declare const ROOKERY_FILES: readonly string[]
declare const ROOKERY_VERSION: string

const cacheName = `rookery-${ROOKERY_VERSION}`
/** What the page leaves for its worker: the words of pushes, in the language one reads. */
const wordsCache = 'words'
const shell = '/'
const own = [shell, '/icon.svg', '/icon-192.png', '/manifest.webmanifest', ...ROOKERY_FILES]

// An older version's page keeps its files until it is closed: this one takes over only then.
self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(own)))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()))
})

async function dropOthers(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name !== cacheName && name !== wordsCache)
  await Promise.all(others.map((name) => caches.delete(name)))
}

/** What is served by the server itself and is no page: never taken for one. */
const notPages = /^\/(docs|admin|media|openapi\.json|asyncapi\.json|metrics|healthz|readyz|users)(\/|$)/

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate' && !notPages.test(pathname)) event.respondWith(page(request))
  else if (pathname !== shell && own.includes(pathname)) event.respondWith(kept(request))
})

/** A server that takes longer to answer than this is as good as away, in milliseconds. */
const pageMsMax = 4_000

/** The server's own page where it answers; else the one that was kept, so that the client opens offline. */
async function page(request: Request): Promise<Response> {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(pageMsMax) })
    if (response.status < 500) return response
  } catch {
    // The one that was kept.
  }
  return (await caches.match(shell)) ?? fetch(request)
}

async function kept(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request)
}

self.addEventListener('push', (event) => {
  event.waitUntil(show(event.data))
})

/** Every push is shown: browsers take the right to them away otherwise. */
async function show(data: PushMessageData | null): Promise<void> {
  const { title, body, tag, path } = shownAs(readPush(data), await words())
  await self.registration.showNotification(title, {
    body,
    tag,
    data: path,
    icon: '/icon-192.png',
    badge: '/icon-192.png',
  })
}

function readPush(data: PushMessageData | null): Pushed | undefined {
  try {
    return data?.json()
  } catch {
    return undefined
  }
}

async function words(): Promise<Readonly<Record<string, string>>> {
  const response = await caches.match('/words', { cacheName: wordsCache })
  return (await response?.json().catch(() => undefined)) ?? {}
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open(event.notification.data ?? '/inbox'))
})

/** Goes there in a page that is open already, else in a new one. */
async function open(path: string): Promise<void> {
  const [client] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (!client) return void (await self.clients.openWindow(path))
  client.postMessage({ go: path })
  // Where the page may not come to the front, it has gone there all the same.
  await client.focus().catch(() => {})
}
