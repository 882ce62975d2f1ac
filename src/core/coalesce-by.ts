import { coalesce } from './coalesce.ts'

/**
 * `coalesce` for reads that differ by a key: who asks for one that is being read shares its next read. Holds a key only
 * while it is being read.
 */
export function coalesceBy<Key, T>(read: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const asked = new Map<Key, { ask: () => Promise<T>; callers: number }>()

  return async function coalesced(key) {
    let one = asked.get(key)
    if (one === undefined) {
      one = { ask: coalesce(() => read(key)), callers: 0 }
      asked.set(key, one)
    }
    one.callers++
    try {
      return await one.ask()
    } finally {
      if (--one.callers === 0) asked.delete(key)
    }
  }
}
