import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Pager } from '../state/pager.ts'
import { t } from '../words/index.ts'
import { ErrorNote, Skeleton } from './states.tsx'

/** How far above its end the next page of a list is asked for. */
const ahead = '1200px'

/**
 * A list that grows as one scrolls down. `row` shows one of its items and must carry a `key`; `empty` is shown where there
 * are none. `gone`: an item that is held and not shown any more.
 */
export function List<T>({
  of,
  row,
  gone,
  empty,
  label,
}: {
  of: Pager<T>
  row: (item: T) => ComponentChildren
  gone?: (item: T) => boolean
  empty: ComponentChildren
  label: string
}) {
  const { items, state } = of
  useEffect(() => {
    if (items.value.length === 0) void of.more()
  }, [of])
  const there = gone ? items.value.filter((item) => !gone(item)) : items.value
  if (there.length === 0 && state.value === 'end') return <>{empty}</>
  return (
    <div class="list">
      <div role="feed" aria-label={label} aria-busy={state.value === 'loading'}>
        {there.map(row)}
      </div>
      <More state={state.value} error={of.error} more={() => of.more()} first={there.length === 0} />
    </div>
  )
}

/** The end of a list: asks for more when it comes near, says when that failed. */
export function More({
  state,
  error,
  more,
  first,
}: {
  state: Pager<unknown>['state']['value']
  error: unknown
  more: () => void
  first: boolean
}) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (state !== 'idle') return
    const end = ref.current!
    const look = ([entry]: IntersectionObserverEntry[]) => {
      if (!entry!.isIntersecting) return
      more()
      // What was at hand has come at once, and the end may still be in sight: that is no news to an observer.
      observer.unobserve(end)
      observer.observe(end)
    }
    const observer = new IntersectionObserver(look, { rootMargin: ahead })
    observer.observe(end)
    return () => observer.disconnect()
  }, [state, more])
  return (
    <div class="list-end" ref={ref}>
      {state === 'failed' && <ErrorNote error={error} retry={more} />}
      {(state === 'loading' || state === 'idle') && <Skeleton rows={first ? 6 : 2} />}
      {state === 'end' && !first && <p class="list-done">{t('endOfTimeline')}</p>}
    </div>
  )
}
