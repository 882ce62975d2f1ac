import { type Signal, signal } from '@preact/signals'
import type { Relation, User } from '../../sdk/browser.ts'
import { rookery } from './client.ts'
import { block, follow, mute } from './relations.ts'

/** Somebody as every place that shows them has them: a follow on one page is a follow on all. */
export type Person = Signal<User>

const known = new Map<string, WeakRef<Person>>()
const forgotten = new FinalizationRegistry<string>((id) => {
  if (known.get(id)?.deref() === undefined) known.delete(id)
})

/** The person of a user; what is newer about them is taken over. */
export function personOf(user: User): Person {
  const there = known.get(user.id)?.deref()
  if (there) {
    there.value = user
    return there
  }
  const person = signal(user)
  known.set(user.id, new WeakRef(person))
  forgotten.register(person, user.id)
  return person
}

/** Has somebody's counts follow what they wrote or deleted, where anything shows them. */
export async function readAgain(id: string): Promise<void> {
  if (known.get(id)?.deref() === undefined) return
  await rookery.user(id).then(personOf, () => {})
}

/** What comes live may not be counted yet: it is so much later, in milliseconds, once for many. */
const readAfterMs = 300
const toRead = new Set<string>()

/** The same a moment later. */
export function readSoon(id: string): void {
  if (toRead.has(id)) return
  toRead.add(id)
  setTimeout(() => {
    toRead.delete(id)
    void readAgain(id)
  }, readAfterMs)
}

/** Follows, or ends it: shown at once, undone where the server refuses. @throws RookeryError */
export async function toggleFollow(person: Person): Promise<void> {
  const before = person.value
  const following = !before.you?.following
  person.value = {
    ...before,
    followers: Math.max(0, before.followers + (following ? 1 : -1)),
    ...(before.you && { you: { ...before.you, following, notify: false } }),
  }
  try {
    relate(person, await follow(before.id, following))
  } catch (error) {
    person.value = before
    throw error
  }
}

/** Asks for a notification of each message of theirs, or for none any more. @throws RookeryError */
export async function toggleNotify(person: Person): Promise<void> {
  const { id, you } = person.value
  relate(person, await rookery.follow(id, { notify: !you?.notify }))
}

/** @throws RookeryError */
export async function toggleMute(person: Person): Promise<void> {
  const { id, you } = person.value
  relate(person, await mute(id, !you?.muted))
}

/** Ends both follows; each is to the other as if absent. @throws RookeryError */
export async function toggleBlock(person: Person): Promise<void> {
  const { id, you } = person.value
  relate(person, await block(id, !you?.blocked))
}

function relate(person: Person, you: Relation): void {
  person.value = { ...person.value, you }
}
