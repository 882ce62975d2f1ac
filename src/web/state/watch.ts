import type { Post } from './posts.ts'

/** API.md: the ids one socket may watch. */
const idsMax = 200
/** Scrolling changes what is on screen many times a second: the server is told this much later, in milliseconds. */
const tellAfterMs = 300
/** Rows this far from the window count as on screen, in pixels. */
const near = 200

/** Posts by the elements that show them. */
const posts = new Map<Element, Post>()
let tell: ((ids: string[]) => void) | undefined
let told = ''
let soon: ReturnType<typeof setTimeout> | undefined

function changed(): void {
  if (soon !== undefined) return
  soon = setTimeout(() => {
    soon = undefined
    const ids = watchedIds()
    if (ids.join() === told) return
    told = ids.join()
    tell?.(ids)
  }, tellAfterMs)
}
addEventListener('scroll', changed, { passive: true })

/** While the element is near the window the post's likes are kept live; until what it returns is called. */
export function watch(element: Element, post: Post): () => void {
  posts.set(element, post)
  changed()
  return () => {
    posts.delete(element)
    changed()
  }
}

/** The ids of what is on screen. */
function watchedIds(): string[] {
  const ids = new Set<string>()
  for (const [element, post] of posts) {
    if (!element.isConnected) continue
    const { top, bottom } = element.getBoundingClientRect()
    if (bottom > -near && top < innerHeight + near) ids.add(post.peek().id)
  }
  return [...ids].slice(0, idsMax)
}

/** Has `listener` told whenever other messages are on screen. */
export function onWatch(listener: (ids: string[]) => void): void {
  tell = listener
  told = ''
  changed()
}
