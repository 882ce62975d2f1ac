import type { UserId } from '../../../core/ids.ts'
import type { Withdrawal, WithdrawnStore, WithdrawnWhy } from '../../../ports/withdrawn.ts'
import { type Cassandra, statement } from './client.ts'
import { createCassandraGenerations } from './generations.ts'
import { hashOf } from './road-keys.ts'

interface Row {
  readonly user_id: UserId
  readonly why: WithdrawnWhy
  readonly at: number
}

/** Partitions: a million suspended people make 60,000 rows in each. Fixed. */
const parts = Array.from({ length: 16 }, (_, part) => part)
const partOf = (user: UserId) => hashOf(user) & (parts.length - 1)

const readPart = statement<Row>('SELECT user_id, why, at FROM withdrawn WHERE part = ?')
const readOne = statement<Row>('SELECT user_id, why, at FROM withdrawn WHERE part = ? AND user_id = ? AND why = ?')
const insert = statement<Row>('INSERT INTO withdrawn (part, user_id, why, at) VALUES (?, ?, ?, ?) IF NOT EXISTS')
const remove = statement<Row>('DELETE FROM withdrawn WHERE part = ? AND user_id = ? AND why = ? IF EXISTS')

/** Compare-and-set, as people are withdrawn seldom; the version is a number that is raised after each change. */
export function createCassandraWithdrawn(db: Cassandra): WithdrawnStore {
  const versions = createCassandraGenerations({ db, of: 'withdrawn' })

  return {
    async withdraw({ user, why, at }) {
      const key = [partOf(user), user, why]
      await db.lwt(insert, [...key, at], { read: readOne, values: key, mine: (row) => row !== undefined })
      // Also where it was there: whoever wrote it may have died before it raised the version.
      await versions.raise(0)
    },
    async readmit(user, why) {
      const key = [partOf(user), user, why]
      await db.lwt(remove, key, { read: readOne, values: key, mine: (row) => row === undefined })
      await versions.raise(0)
    },
    async all() {
      const rows = (await Promise.all(parts.map((part) => db.read(readPart, [part])))).flat()
      return rows.map(({ user_id: user, why, at }): Withdrawal => ({ user, why, at }))
    },
    async version() {
      return (await versions.read())[0]!
    },
  }
}
