import * as drafts from './draft-store.ts'
import { onLogOut } from './session.ts'

/** What was being written here, also before the page was closed. `replyTo`: what it answers. */
export const draftOf = (replyTo: string | undefined): string => drafts.draftOf(localStorage, replyTo)

/** Keeps what is being written. */
export const keepDraft = (replyTo: string | undefined, text: string): void =>
  drafts.keepDraft(localStorage, replyTo, text)

onLogOut(() => drafts.forgetDrafts(localStorage))
