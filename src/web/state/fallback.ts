import { memoryStore, type Store } from '../../sdk/browser.ts'

/** A store where it works; else memory in its place, from the first use on: some browsers have no database in private windows. */
export function orMemory(store: Store): Store {
  let chosen: Promise<Store> | undefined
  const choose = () => (chosen ??= store.all('').then(() => store, memoryStore))
  return {
    ...store,
    all: async (prefix) => (await choose()).all(prefix),
    set: async (changes) => (await choose()).set(changes),
    clear: async () => (await choose()).clear(),
  }
}
