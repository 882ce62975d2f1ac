import type { Store } from './store.ts'

/** There are no files in a browser: throws, and says what to take. */
export function fileStore(_path: string): Store {
  throw new Error('there are no files in a browser: take indexedDbStore() or memoryStore()')
}
