import { type Signal, signal } from '@preact/signals'
import * as kept from './draft-store.ts'
import { onLogOut } from './session.ts'

const drafts = new Map<string | undefined, Signal<string>>()

/**
 * What is being written, wherever on the page it is written; also what was before the page was closed. `replyTo`: what it
 * answers.
 */
export function draft(replyTo: string | undefined): Signal<string> {
  const there = drafts.get(replyTo)
  if (there) return there
  const text = signal(kept.draftOf(localStorage, replyTo))
  text.subscribe((now) => {
    if (now !== kept.draftOf(localStorage, replyTo)) kept.keepDraft(localStorage, replyTo, now)
  })
  drafts.set(replyTo, text)
  return text
}

onLogOut(
  () => {
    for (const text of drafts.values()) text.value = ''
    drafts.clear()
    kept.forgetDrafts(localStorage)
  },
  { theirOwn: true },
)
