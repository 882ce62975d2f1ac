/// <reference lib="webworker" />
export {}

declare const self: ServiceWorkerGlobalScope
/** The built files by their hashed names, and a name for all of them together: put in by the bundler. */
declare const ROOKERY_FILES: readonly string[]
declare const ROOKERY_VERSION: string

const cacheName = `rookery-${ROOKERY_VERSION}`
const shell = '/'
const own = [shell, '/icon.svg', '/manifest.webmanifest', ...ROOKERY_FILES]

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(own)))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  )
})

/** What is served by the server itself and is no page: never taken for one. */
const notPages = /^\/(docs|admin|media|openapi\.json|asyncapi\.json|metrics|healthz|readyz)(\/|$)/

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate' && !notPages.test(pathname)) event.respondWith(page(request))
  else if (own.includes(pathname) && pathname !== shell) event.respondWith(kept(request))
})

/** The server's own page where it answers; else the one that was kept, so that the client opens offline. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request)
  } catch {
    return (await caches.match(shell)) ?? Response.error()
  }
}

async function kept(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request)
}
