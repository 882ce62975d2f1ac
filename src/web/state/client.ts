import { indexedDbStore, memoryStore, Rookery, type Store } from '../../sdk/browser.ts'
import { orMemory } from './fallback.ts'
import { writeBehind } from './write-behind.ts'

/** How long what arrives may be in memory alone, in milliseconds. */
const writtenAfterMs = 300

function store(): Store {
  if (!('indexedDB' in globalThis)) return memoryStore()
  const behind = writeBehind(orMemory(indexedDbStore('rookery')), writtenAfterMs)
  addEventListener('pagehide', () => void behind.flush().catch(() => {}))
  document.addEventListener('visibilitychange', () => void behind.flush().catch(() => {}))
  return behind
}

/** The server that these pages came from, as whoever its cookie names: no script ever holds the token. */
export const rookery = new Rookery({ url: location.origin, store: store() })
