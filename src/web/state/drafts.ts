import { type Signal, signal } from '@preact/signals'
import * as kept from './draft-store.ts'
import { me, onLogOut, ownerKey } from './session.ts'

const drafts = new Map<string | undefined, Signal<string>>()
const stores: kept.DraftStores = { own: sessionStorage, shared: localStorage }

/**
 * What is being written, wherever on the page it is written; also what was before the page was closed. `replyTo`: what it
 * answers.
 */
export function draft(replyTo: string | undefined): Signal<string> {
  const there = drafts.get(replyTo)
  if (there) return there
  const text = signal(kept.draftOf(stores, replyTo))
  text.subscribe((now) => kept.keepDraft(stores, replyTo, now))
  drafts.set(replyTo, text)
  return text
}

onLogOut(
  () => {
    for (const text of drafts.values()) text.value = ''
    drafts.clear()
    kept.forgetDrafts(sessionStorage)
    kept.forgetDrafts(localStorage)
  },
  { theirOwn: true },
)

// What this tab alone holds goes as well when another one logs out,
addEventListener('storage', (event) => {
  const { key, newValue } = event as StorageEvent
  if (key === ownerKey && newValue === null) kept.forgetDrafts(sessionStorage)
})

// and when this one slept until somebody else was logged in.
const tabOwnerKey = 'drafts of'
me.subscribe((user) => {
  if (!user || sessionStorage.getItem(tabOwnerKey) === user.id) return
  kept.forgetDrafts(sessionStorage)
  sessionStorage.setItem(tabOwnerKey, user.id)
})
