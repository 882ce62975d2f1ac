import { batch, signal } from '@preact/signals'
import { type Me, RookeryError, type SignUp } from '../../sdk/browser.ts'
import { t } from '../words/index.ts'
import { rookery } from './client.ts'
import { go } from './router.ts'
import { toast } from './toasts.ts'

/** Whoever is logged in; `null`: nobody. The token itself is in a cookie no script can read. */
export const me = signal<Me | null>(null)
/** Notifications not seen yet. */
export const unread = signal(0)

/** What this device keeps about whoever uses it: all of it goes at log out. */
const meKey = 'me'
/** The id of whose drafts and settings this device keeps: it outlives a session that was ended elsewhere. */
export const ownerKey = 'owner'
const leaving: { forget: () => void | Promise<void>; theirOwn: boolean }[] = []

/**
 * Has `forget` called when nobody is logged in any more, and when somebody else logs in, to take what its module keeps.
 * `theirOwn`: it is what they wrote or chose themselves, and waits for them where the session was ended elsewhere.
 */
export function onLogOut(forget: () => void | Promise<void>, { theirOwn = false } = {}): void {
  leaving.push({ forget, theirOwn })
}

/** Who was logged in here last; `undefined`: nobody since the session's end. */
function lastSeen(): Me | undefined {
  const kept = localStorage.getItem(meKey)
  return kept === null ? undefined : JSON.parse(kept)
}

/** Waits no longer for the server to say who somebody is that was never seen here, in milliseconds. */
const whoMsMax = 5_000

/** Takes on the user last seen here, and asks the server whether they still are. Resolves once there is something to show. */
export async function startSession(): Promise<void> {
  me.value = lastSeen() ?? null
  addEventListener('storage', heard)
  if (me.value === null && meta('session') !== 'likely') return
  const asked = rookery.me(me.value ? {} : { signal: AbortSignal.timeout(whoMsMax) }).then(become, (error) => {
    if (me.value && isUnauthorized(error)) sessionLost()
  })
  if (me.value === null) await asked
}

/** Another tab has logged out, or somebody in; or it has read, or changed, what is shown here too. */
function heard({ key, newValue }: StorageEvent): void {
  // Also where this one was told before that its session is ended.
  const left = key === ownerKey && newValue === null
  const seen = key === meKey && newValue !== null ? lastSeen() : undefined
  if (left || (seen && seen.id !== me.value?.id)) location.reload()
  else if (seen) show(seen)
}

/** `seen` is what the server says of whoever is logged in. */
export async function become(seen: Me): Promise<void> {
  const owner = localStorage.getItem(ownerKey) ?? lastSeen()?.id
  if (owner !== undefined && owner !== seen.id) await forgetAll()
  localStorage.setItem(ownerKey, seen.id)
  localStorage.setItem(meKey, JSON.stringify(seen))
  show(seen)
}

function show(seen: Me): void {
  unread.value = seen.unread
  me.value = seen
}

/** Between tabs: how many are unread once one of them has read. */
const reading = new BroadcastChannel('unread')
reading.onmessage = ({ data }: MessageEvent<number>) => void (unread.value = data)

/** So many are unread, as the server counts them: other tabs hear of it. */
export function countUnread(count: number): void {
  unread.value = count
  reading.postMessage(count)
}

async function forgetAll(): Promise<void> {
  await forgetSeen()
  localStorage.removeItem(ownerKey)
  for (const { forget, theirOwn } of leaving) if (theirOwn) await forget()
}

/** Forgets all but what they wrote or chose themselves. */
async function forgetSeen(): Promise<void> {
  localStorage.removeItem(meKey)
  unread.value = 0
  for (const { forget, theirOwn } of leaving) if (!theirOwn) await forget()
}

/** The session was ended elsewhere: nothing is left to read. What was written stays, for the same person to log in again. */
export function sessionLost(): void {
  if (!me.value) return
  me.value = null
  toast(t('sessionEnded'))
  void forgetSeen()
  rookery.forgetTimeline().catch(() => {})
}

/** @throws RookeryError */
export async function logIn(handle: string, password: string): Promise<void> {
  await rookery.logIn({ handle, password })
  await become(await rookery.me())
}

export async function signUp(wish: SignUp): Promise<void> {
  await rookery.signUp(wish)
  await become(await rookery.me())
}

/** Ends the session here and on the server. @throws RookeryError, where the server does not know of it yet. */
export async function logOut(): Promise<void> {
  await rookery.logOut()
  // Nobody first: what still shows the timeline would ask for it anew.
  batch(() => {
    go('/', { replace: true })
    me.value = null
  })
  await forgetAll()
}

/** Ends the account, with all that it has. @throws RookeryError */
export async function deleteAccount(): Promise<void> {
  await rookery.deleteAccount()
  await forgetAll()
  go('/', { replace: true })
  me.value = null
}

export const isUnauthorized = (error: unknown): boolean =>
  error instanceof RookeryError && error.code === 'unauthorized'

/** What `--registration` says: whether, and how, one may sign up. */
export const registration = meta('registration') as 'open' | 'invite' | 'closed'

/** What the server says in the page itself. */
function meta(name: 'registration' | 'session'): string | undefined {
  return document.querySelector<HTMLMetaElement>(`meta[name="rookery-${name}"]`)?.content
}
