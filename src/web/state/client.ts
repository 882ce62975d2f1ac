import { indexedDbStore, memoryStore, Rookery } from '../../sdk/browser.ts'

/** Some browsers have no database in private windows; then nothing outlives the page. */
function store() {
  try {
    return 'indexedDB' in globalThis ? indexedDbStore('rookery') : memoryStore()
  } catch {
    return memoryStore()
  }
}

/** The server that these pages came from, as whoever its cookie names: no script ever holds the token. */
export const rookery = new Rookery({ url: location.origin, store: store() })
