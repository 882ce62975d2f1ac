/** A draft's text by what it answers; what answers nothing has the bare prefix. */
const prefix = 'draft:'
/** Beyond this one of the others goes, mostly the oldest: nobody comes back to more. */
const draftsMax = 50

const keyOf = (replyTo: string | undefined) => prefix + (replyTo ?? '')

/** What was being written here, also before the page was closed; empty where nothing was. */
export function draftOf(store: Storage, replyTo: string | undefined): string {
  return store.getItem(keyOf(replyTo)) ?? ''
}

/** Keeps what is being written. An empty text takes the draft away; where the device has no room, it is not kept. */
export function keepDraft(store: Storage, replyTo: string | undefined, text: string): void {
  const key = keyOf(replyTo)
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
