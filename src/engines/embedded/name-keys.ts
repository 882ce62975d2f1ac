import type { Database } from 'bun:sqlite'
import { foldText, foreign } from '../../core/words.ts'

/** What a name is found by where it is not ASCII alone; null where it is: SQLite compares ASCII without case by itself. */
export const nameKey = (name: string): string | null => (foreign.test(name) ? foldText(name) : null)

/** Adds the keys of names to a database that has none. */
export function addNameKeys(db: Database): void {
  db.run('ALTER TABLE users ADD COLUMN name_key TEXT')
  db.run('CREATE INDEX users_by_name_key ON users (name_key, handle) WHERE name_key IS NOT NULL')
  const set = db.query('UPDATE users SET name_key = ? WHERE number = ?')
  const named = db.query("SELECT number, name FROM users WHERE name GLOB '*[^ -~]*'")
  for (const [number, name] of named.values() as [number, string][]) set.run(nameKey(name), number)
}
