import type { Database } from 'bun:sqlite'
import type { UserId } from '../../core/ids.ts'
import type { WithdrawnStore, WithdrawnWhy } from '../../ports/withdrawn.ts'
import type { EmbeddedDatabase } from './database.ts'

export const withdrawnSchema = `
  CREATE TABLE withdrawn (user INTEGER NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (user, why)) WITHOUT ROWID;
`

/** The writer's operations on who is hidden from everybody; whether they changed anything. */
export function withdrawnOps(db: Database) {
  const insert = db.query('INSERT OR IGNORE INTO withdrawn (user, why, at) VALUES (?, ?, ?)')
  const remove = db.query('DELETE FROM withdrawn WHERE user = ? AND why = ?')

  return {
    withdraw: (user: number, why: string, at: number): boolean => insert.run(user, why, at).changes > 0,
    readmit: (user: number, why: string): boolean => remove.run(user, why).changes > 0,
  }
}

export function createEmbeddedWithdrawn({
  reader,
  writer,
}: Pick<EmbeddedDatabase, 'reader' | 'writer'>): WithdrawnStore {
  const all = reader.query('SELECT user, why, at FROM withdrawn')
  // No other process writes.
  let version = 0

  return {
    async withdraw({ user, why, at }) {
      if (await writer.write('withdraw', user, why, at)) version++
    },
    async readmit(user, why) {
      if (await writer.write('readmit', user, why)) version++
    },
    async all() {
      return (all.values() as [UserId, WithdrawnWhy, number][]).map(([user, why, at]) => ({ user, why, at }))
    },
    async version() {
      return version
    },
  }
}
