/**
 * Where a client keeps what must outlive it: its place in the timeline, the timeline itself, messages that wait to be sent.
 * A store belongs to one account at a time, and to one process (an IndexedDB: to all tabs of its origin).
 */
export interface Store {
  /** Everything whose key begins so, as of one moment. */
  all(prefix: string): Promise<Map<string, string>>
  /** Writes all of these entries or none; undefined takes one away. Resolves when they are stored. */
  set(changes: Changes): Promise<void>
  /** Takes everything away. */
  clear(): Promise<void>
  /** One name for all stores that share the same entries, where others can; tabs take turns by it. */
  readonly sharedAs?: string
}

export type Changes = Readonly<Record<string, string | undefined>>

/** Forgets everything with the process. */
export function memoryStore(): Store {
  const entries = new Map<string, string>()
  return {
    all: async (prefix) => beginning(prefix, entries),
    async set(changes) {
      apply(changes, entries)
    },
    async clear() {
      entries.clear()
    },
  }
}

export function beginning(prefix: string, entries: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...entries].filter(([key]) => key.startsWith(prefix)))
}

export function apply(changes: Changes, entries: Map<string, string>): void {
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) entries.delete(key)
    else entries.set(key, value)
  }
}
