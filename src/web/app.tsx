import type { ComponentType } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { NotFound } from './pages/not-found.tsx'
import { type PageProps, type Route, routeOf } from './routes.ts'
import { go, ours, place, settle } from './state/router.ts'
import { me } from './state/session.ts'
import { Confirmation } from './ui/dialog.tsx'
import { Broken, Guarded } from './ui/guarded.tsx'
import { Shell } from './ui/shell.tsx'
import { Skeleton } from './ui/states.tsx'
import { Toasts } from './ui/toasts.tsx'

/** The whole page: what is around all pages, and the one that the address names. */
export function App() {
  const { path, query } = place.value
  const found = routeOf(path)
  const stranger = me.value === null
  // A stranger sees the front door wherever they knock, and is let in to where they wanted to go.
  if (stranger && found && !found.route.for) {
    const to = encodeURIComponent(path + location.search + location.hash)
    return <Redirect to={path === '/' ? '/login' : `/login?to=${to}`} />
  }
  if (!stranger && found?.route.for === 'strangers') return <Redirect to={ours(query.get('to') ?? '/')} />
  const page = found ? (
    <Guarded key={path}>
      <Loaded {...found} />
    </Guarded>
  ) : (
    <NotFound />
  )
  return (
    <Guarded>
      {stranger ? page : <Shell>{page}</Shell>}
      <Confirmation />
      <Toasts />
    </Guarded>
  )
}

function Redirect({ to }: { to: string }) {
  useLayoutEffect(() => go(to, { replace: true }), [to])
  return null
}

const loaded = new Map<Route, ComponentType<PageProps>>()

/** Has the page's code by now or soon; no page is asked for twice. */
async function load(route: Route): Promise<ComponentType<PageProps>> {
  const there = loaded.get(route)
  if (there) return there
  const page = (await route.load()).default
  loaded.set(route, page)
  return page
}

/** A page and its failures. Its code comes when it is first shown. */
function Loaded({ route, props }: { route: Route; props: PageProps }) {
  const [Here, setHere] = useState<ComponentType<PageProps> | undefined>(() => loaded.get(route))
  const [missing, setMissing] = useState(false)
  useEffect(() => {
    if (!Here)
      load(route).then(
        (page) => setHere(() => page),
        () => setMissing(true),
      )
  }, [route])
  useLayoutEffect(() => {
    if (Here) arrive()
  }, [Here])
  if (missing) return <Broken />
  return Here ? <Here {...props} /> : <Skeleton />
}

let arrivals = 0

/** The reader is on another page: at its top, or where it was left, and heard as its title. */
function arrive(): void {
  settle()
  const first = document.querySelector<HTMLElement>('main [data-first]')
  // The first page is where the browser begins reading by itself.
  const title = arrivals++ > 0 ? document.querySelector<HTMLElement>('main h1') : null
  ;(first ?? title)?.focus({ preventScroll: true })
}
