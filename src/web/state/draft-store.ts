/**
 * Where drafts are kept: what was typed in a tab belongs to it for as long as it is open, and the last that was typed in any of
 * them is there for the next one. Thus no tab takes away what is being written in another.
 */
export interface DraftStores {
  readonly own: Storage
  readonly shared: Storage
}

/** A draft's text by what it answers; what answers nothing has the bare prefix. */
const prefix = 'draft:'
/** Beyond this one of the others goes, mostly the oldest: nobody comes back to more. */
const draftsMax = 50

const keyOf = (replyTo: string | undefined) => prefix + (replyTo ?? '')

/** What was being written here, also before the page was closed; empty where nothing was. */
export function draftOf({ own, shared }: DraftStores, replyTo: string | undefined): string {
  return own.getItem(keyOf(replyTo)) ?? shared.getItem(keyOf(replyTo)) ?? ''
}

/**
 * Keeps what is being written. An empty text takes away what this tab has kept, and leaves what another one has; where the
 * device has no room, it is not kept.
 */
export function keepDraft({ own, shared }: DraftStores, replyTo: string | undefined, text: string): void {
  const key = keyOf(replyTo)
  if (text !== '' || shared.getItem(key) === own.getItem(key)) keep(shared, key, text)
  keep(own, key, text)
}

function keep(store: Storage, key: string, text: string): void {
  store.removeItem(key)
  if (text === '') return
  const others = draftKeys(store)
  if (others.length >= draftsMax) store.removeItem(others[0]!)
  try {
    store.setItem(key, text)
  } catch {
    // The text is still on the page.
  }
}

export function forgetDrafts(store: Storage): void {
  for (const key of draftKeys(store)) store.removeItem(key)
}

function draftKeys(store: Storage): string[] {
  return Array.from({ length: store.length }, (_, i) => store.key(i)!).filter((key) => key.startsWith(prefix))
}
