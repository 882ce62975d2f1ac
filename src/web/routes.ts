import type { ComponentType } from 'preact'

/** What a page is given: the parts of its path. */
export interface PageProps {
  readonly handle: string
  readonly id: string
}
type Loaded = { default: ComponentType<PageProps> }

export interface Route {
  readonly path: RegExp
  readonly load: () => Promise<Loaded>
  /** Whom the page is for; absent: those who are logged in. */
  readonly for?: 'strangers' | 'all'
}

const handle = '@(?<handle>[A-Za-z0-9_]{1,30})'

/** Every page by its path. None may be a call's of the API; src/gateway/web/pages.ts knows them too. */
export const routes: readonly Route[] = [
  { path: /^\/$/, load: () => import('./pages/home.tsx') },
  { path: /^\/login$/, load: () => import('./pages/log-in.tsx'), for: 'strangers' },
  { path: /^\/signup$/, load: () => import('./pages/sign-up.tsx'), for: 'strangers' },
  { path: /^\/compose$/, load: () => import('./pages/compose.tsx') },
  { path: new RegExp(`^/${handle}$`), load: () => import('./pages/profile.tsx') },
  { path: new RegExp(`^/${handle}/followers$`), load: () => import('./pages/followers.tsx') },
  { path: new RegExp(`^/${handle}/following$`), load: () => import('./pages/following.tsx') },
  { path: new RegExp(`^/${handle}/(?<id>[0-9]{1,16})$`), load: () => import('./pages/thread.tsx') },
  { path: /^\/inbox$/, load: () => import('./pages/inbox.tsx') },
  { path: /^\/explore$/, load: () => import('./pages/explore.tsx') },
  { path: /^\/settings$/, load: () => import('./pages/settings.tsx') },
  { path: /^\/moderation$/, load: () => import('./pages/moderation.tsx') },
]

/** The page of a path, with what its path says; undefined where there is none. */
export function routeOf(path: string): { route: Route; props: PageProps } | undefined {
  for (const route of routes) {
    const match = route.path.exec(path)
    if (match) return { route, props: { handle: match.groups?.handle?.toLowerCase() ?? '', id: match.groups?.id ?? '' } }
  }
  return undefined
}
