import type { ComponentType } from 'preact'
import { paths } from './paths.ts'

/** What a page is given: the parts of its path. */
export interface PageProps {
  readonly handle: string
  readonly id: string
}
type Loaded = { default: ComponentType<PageProps> }

export interface Route {
  readonly path: RegExp
  readonly load: () => Promise<Loaded>
  /** Absent: the page is for those who are logged in. */
  readonly for?: 'strangers'
}

export const routes: readonly Route[] = [
  { path: paths.home, load: () => import('./pages/home.tsx') },
  { path: paths.logIn, load: () => import('./pages/log-in.tsx'), for: 'strangers' },
  { path: paths.signUp, load: () => import('./pages/sign-up.tsx'), for: 'strangers' },
  { path: paths.compose, load: () => import('./pages/compose.tsx') },
  { path: paths.profile, load: () => import('./pages/profile.tsx') },
  { path: paths.followers, load: () => import('./pages/followers.tsx') },
  { path: paths.following, load: () => import('./pages/following.tsx') },
  { path: paths.message, load: () => import('./pages/thread.tsx') },
  { path: paths.inbox, load: () => import('./pages/inbox.tsx') },
  { path: paths.explore, load: () => import('./pages/explore.tsx') },
  { path: paths.settings, load: () => import('./pages/settings.tsx') },
  { path: paths.moderation, load: () => import('./pages/moderation.tsx') },
  { path: paths.admin, load: () => import('./pages/admin.tsx') },
]

/** The page of a path, with what its path says; undefined where there is none. */
export function routeOf(path: string): { route: Route; props: PageProps } | undefined {
  for (const route of routes) {
    const match = route.path.exec(path)
    if (match)
      return { route, props: { handle: match.groups?.handle?.toLowerCase() ?? '', id: match.groups?.id ?? '' } }
  }
  return undefined
}
