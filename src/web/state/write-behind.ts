import type { Changes, Store } from '../../sdk/browser.ts'

/** What must not be lost with the page: messages that wait to be sent. */
const atOnce = /^outbox:/

/**
 * A store that writes what is urgent at once, and the rest together, at most this much later: a transaction for each message
 * that arrives would let no more than a hundred a second arrive. What a page that dies has not written was not handed over,
 * and comes again.
 */
export function writeBehind(store: Store, afterMs: number): Store & { flush(): Promise<void> } {
  let waiting: Record<string, string | undefined> = {}
  let timer: ReturnType<typeof setTimeout> | undefined
  let writing = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const changes = waiting
    waiting = {}
    if (Object.keys(changes).length > 0) writing = writing.catch(() => {}).then(() => store.set(changes))
    return writing
  }

  return {
    ...store,
    flush,
    async all(prefix) {
      await flush()
      return store.all(prefix)
    },
    async set(changes: Changes) {
      Object.assign(waiting, changes)
      if (Object.keys(changes).some((key) => atOnce.test(key))) return flush()
      // A device without room keeps what it has; the page itself goes on.
      timer ??= setTimeout(() => void flush().catch(() => {}), afterMs)
    },
    async clear() {
      waiting = {}
      await writing.catch(() => {})
      await store.clear()
    },
  }
}
