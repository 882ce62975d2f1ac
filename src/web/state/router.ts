import { computed, signal } from '@preact/signals'
import { keepPosition, restorePosition } from './scroll.ts'

/** Where the browser is. `key` is the entry of its history: the same again after going back. */
export interface Place {
  readonly path: string
  readonly query: URLSearchParams
  readonly key: string
  /** Whether it was reached by going back or forward, where the page is to be as it was left. */
  readonly returned: boolean
}

const newKey = () => Math.random().toString(36).slice(2)

/** What an entry of the history says of itself; it outlives a reload. */
interface Entry {
  readonly key: string
  /** How many pages of ours are before it: at 0 there is nothing to go back to. */
  readonly depth: number
}

const entry = () => history.state as Entry | null

function here(returned: boolean): Place {
  const { pathname, search } = globalThis.location
  const { key, depth } = entry() ?? { key: newKey(), depth: 0 }
  if (!entry()) history.replaceState({ key, depth } satisfies Entry, '')
  return { path: pathname.replace(/(.)\/+$/, '$1'), query: new URLSearchParams(search), key, returned }
}

export const place = signal<Place>(here(true))
export const path = computed(() => place.value.path)

/** Has `act` called when one goes elsewhere; until what it returns is called. */
export function onLeave(act: () => void): () => void {
  const from = place.peek()
  return place.subscribe((to) => void (to !== from && act()))
}

/** Goes to a path of ours. `replace`: in place of the present one. */
export function go(to: string, { replace = false } = {}): void {
  keepPosition(place.value.key)
  const depth = entry()?.depth ?? 0
  if (replace) history.replaceState({ key: place.value.key, depth } satisfies Entry, '', to)
  else history.pushState({ key: newKey(), depth: depth + 1 } satisfies Entry, '', to)
  place.value = here(false)
}

/** Where an address leads that anybody may have written: to the first page where it is none of ours. */
export function ours(to: string): string {
  const { origin } = globalThis.location
  // As the browser itself reads it, to which a backslash is a slash.
  const href = URL.canParse(to, origin) ? new URL(to, origin).href : ''
  return href.startsWith(`${origin}/`) ? href : '/'
}

/** As the browser's own button; to `otherwise` where one came from elsewhere. */
export function goBack(otherwise = '/'): void {
  if (entry()?.depth) history.back()
  else go(otherwise, { replace: true })
}

/** To be called when a page stands: at the top, or where it was left. */
export function settle(): void {
  if (place.value.returned) restorePosition(place.value.key)
  else scrollTo(0, 0)
}

/** What is served by the server itself, beside the pages. */
const notOurs = /^\/(docs|admin|media|openapi\.json|asyncapi\.json|metrics|users)(\/|$)/

function followed(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return
  const link = event.composedPath().find((part) => part instanceof HTMLAnchorElement)
  if (!link?.href || link.target || link.hasAttribute('download') || link.origin !== globalThis.location.origin) return
  if (notOurs.test(link.pathname) || link.getAttribute('href')!.startsWith('#')) return
  event.preventDefault()
  const to = link.pathname + link.search
  go(to, { replace: to === globalThis.location.pathname + globalThis.location.search })
}

/** Takes over the page's links and the browser's buttons. */
export function startRouter(): void {
  history.scrollRestoration = 'manual'
  addEventListener('click', followed)
  addEventListener('popstate', () => {
    keepPosition(place.value.key)
    place.value = here(true)
  })
  addEventListener('pagehide', () => keepPosition(place.value.key))
}
