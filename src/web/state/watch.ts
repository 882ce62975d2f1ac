import type { Post } from './posts.ts'

/** API.md: the ids one socket may watch. */
const idsMax = 200
/** Scrolling changes what is on screen many times a second: the server is told this much later, in milliseconds. */
const tellAfterMs = 300

/** Posts by the elements that show them, and which of those are on screen. */
const posts = new Map<Element, Post>()
const onScreen = new Set<Element>()
let tell: ((ids: string[]) => void) | undefined
let soon: ReturnType<typeof setTimeout> | undefined

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) isIntersecting ? onScreen.add(target) : onScreen.delete(target)
    changed()
  },
  { rootMargin: '200px' },
)

function changed(): void {
  if (soon !== undefined) return
  soon = setTimeout(() => {
    soon = undefined
    tell?.(watchedIds())
  }, tellAfterMs)
}

/** While the element is near the window the post's likes are kept live; until what it returns is called. */
export function watch(element: Element, post: Post): () => void {
  posts.set(element, post)
  observer.observe(element)
  return () => {
    observer.unobserve(element)
    posts.delete(element)
    onScreen.delete(element)
    changed()
  }
}

/** The ids of what is on screen. */
export function watchedIds(): string[] {
  const ids = [...onScreen].flatMap((element) => posts.get(element)?.peek().id ?? [])
  return [...new Set(ids)].slice(0, idsMax)
}

/** Has `listener` told whenever other messages are on screen. */
export function onWatch(listener: (ids: string[]) => void): void {
  tell = listener
}
