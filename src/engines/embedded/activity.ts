import type { Database } from 'bun:sqlite'
import type { Id, UserId } from '../../core/ids.ts'
import { type ActivityLog, activityKinds, type WaitingActivity } from '../../ports/activity.ts'
import type { Clock } from '../../ports/clock.ts'
import type { EmbeddedDatabase } from './database.ts'
import { createRest } from './pace.ts'

/** Working off what is older than this does not give way to those who write, so the log does not grow without end. */
const lateMs = 60_000

/** kind: the place in ports/activity.ts; users are ids. */
type Entry = [kind: number, user: UserId, subject: Id, at: number, page: string | null]

/** What was put in one commit is one row, a JSON list: with a row for each, liking would cost a quarter more. */
export const activitySchema = `
  CREATE TABLE activity_log (seq INTEGER PRIMARY KEY, list TEXT NOT NULL);
  INSERT INTO activity_log (seq, list) SELECT seq, json_array(json_array(kind, user, subject, at, page)) FROM activity;
  DROP TABLE activity;
`

/** The writer's operations on the log of activity, and what it does for them at a commit's end. */
export function activityWriter(db: Database) {
  const insert = db.query('INSERT INTO activity_log (list) VALUES (?)')
  const read = db.query('SELECT list FROM activity_log WHERE seq = ?')
  const save = db.query('UPDATE activity_log SET list = ? WHERE seq = ?')
  const remove = db.query('DELETE FROM activity_log WHERE seq = ?')
  let put: Entry[] = []

  return {
    ops: {
      putActivity(...entry: Entry): void {
        put.push(entry)
      },

      /** `places`: those of each row that are done, as JSON. What is left of a row keeps its places. */
      doneActivity(places: string): void {
        for (const [seq, done] of JSON.parse(places) as [number, number[]][]) {
          const [row] = read.values(seq) as [string][]
          if (row === undefined) continue
          const list = JSON.parse(row[0]) as (Entry | null)[]
          for (const place of done) list[place] = null
          if (list.every((entry) => entry === null)) remove.run(seq)
          else save.run(JSON.stringify(list), seq)
        }
      },
    },

    /** To be called in each transaction, after its last operation. */
    beforeCommit(): void {
      if (put.length > 0) insert.run(JSON.stringify(put))
      put = []
    },

    /** To be called where a transaction was rolled back. */
    rolledBack(): void {
      put = []
    },
  }
}

export function createEmbeddedActivity({ reader, writer }: EmbeddedDatabase, clock: Clock): ActivityLog {
  const after = reader.query('SELECT seq, list FROM activity_log WHERE seq > ? ORDER BY seq LIMIT 16')
  const rest = createRest(writer, clock)
  let begunMs = 0
  let late = false
  let resting: Promise<void> | undefined

  function oldest(limit: number): WaitingActivity[] {
    const found: WaitingActivity[] = []
    for (let seq = 0; ; ) {
      const rows = after.values(seq) as [number, string][]
      for (const [of, list] of rows) {
        for (const [place, entry] of (JSON.parse(list) as (Entry | null)[]).entries()) {
          if (entry === null) continue
          const [kind, user, subject, at, page] = entry
          found.push({
            key: `${of}.${place}`,
            kind: activityKinds[kind]!,
            user,
            subject,
            at,
            page: page ?? undefined,
          })
          if (found.length === limit) return found
        }
        seq = of
      }
      if (rows.length === 0) return found
    }
  }

  return {
    put: ({ kind, user, subject, at, page = null }) =>
      writer.write('putActivity', activityKinds.indexOf(kind), user, subject, at, page),

    async next(limit) {
      await resting
      begunMs = performance.now()
      const found = oldest(limit)
      late = found.length > 0 && found[0]!.at < clock.now() - lateMs
      return found
    },

    async done(list) {
      const places = new Map<number, number[]>()
      for (const { key } of list) {
        const [seq, place] = key.split('.').map(Number) as [number, number]
        const of = places.get(seq)
        if (of === undefined) places.set(seq, [place])
        else of.push(place)
      }
      await writer.write('doneActivity', JSON.stringify([...places]))
      resting = late ? undefined : rest(performance.now() - begunMs)
    },
  }
}
