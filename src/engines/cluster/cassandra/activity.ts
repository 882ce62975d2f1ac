import type { Id, UserId } from '../../../core/ids.ts'
import {
  activityAgainEveryMs,
  activityAgainMs,
  activityFirstMs,
  activityLandsMs,
  activityParts,
  activitySavedEveryMs,
  activityStepMs,
  dirtyLifeSeconds,
} from '../../../core/limits.ts'
import { type ActivityLog, activityKinds, type WaitingActivity } from '../../../ports/activity.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'
import { hashOf, minuteAt } from './road-keys.ts'

interface Row {
  logged: number
  kind: number
  user_id: UserId
  subject: Id
  at: number
  page: string | undefined
}

const insert = statement(
  `INSERT INTO activity (minute, part, logged, kind, user_id, subject, at, page) VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TTL ${dirtyLifeSeconds}`,
)
const between = statement<Row>(
  'SELECT logged, kind, user_id, subject, at, page FROM activity WHERE minute = ? AND part = ? AND logged > ? AND logged <= ?',
)
const saveDone = statement('INSERT INTO activity_done (part, up_to) VALUES (?, ?) USING TIMESTAMP ?')
const readDone = statement<{ up_to: number }>('SELECT up_to FROM activity_done WHERE part = ?')

type Waiting = WaitingActivity & { readonly logged: number }

/** How far one part was read: by the first reading, and by the second, below which all is done. */
interface Places {
  first: number
  second: number
  /** As stored, and when this process knew it last. */
  saved: number
  knownAt: number
}

/**
 * A log by the minute, read twice: soon, and once more `activityAgainMs` later, when what came late is there, and what was
 * liked has surely been written. Whoever leads is the only one to read. Nothing is removed: rows end by themselves.
 */
export function createCassandraActivity({ db, clock }: { db: Cassandra; clock: Clock }): ActivityLog {
  const places: (Places | undefined)[] = Array.from({ length: activityParts })
  /** Messages of which those who wait for them were told by the first reading: they need no second. */
  const told = new Map<string, number>()
  let waiting: Waiting[] = []
  /** Where the readings stand once all that waits is done. */
  let after: { part: number; reading: 'first' | 'second'; upTo: number; found: boolean }[] = []

  async function read(part: number, from: number, to: number): Promise<Waiting[]> {
    const found: Waiting[] = []
    for (let minute = minuteAt(from); minute <= minuteAt(to); minute++) {
      for (const { logged, kind, user_id: user, subject, at, page } of await db.read(between, [
        minute,
        part,
        from,
        to,
      ])) {
        const key = `${logged}.${kind}.${user}.${subject}`
        found.push({ key, logged, kind: activityKinds[kind]!, user, subject, at, page })
      }
    }
    return found
  }

  /** Where this part stands; another process may have led meanwhile. */
  async function placesOf(part: number): Promise<Places> {
    const now = clock.now()
    const held = places[part]
    if (held !== undefined && now - held.knownAt < activityAgainMs) {
      held.knownAt = now
      return held
    }
    const saved = (await db.one(readDone, [part]))?.up_to ?? now - activityFirstMs
    const second = Math.max(saved, held?.second ?? 0, now - dirtyLifeSeconds * 1_000)
    const place = { first: Math.max(second, held?.first ?? 0), second, saved, knownAt: now }
    places[part] = place
    return place
  }

  /** The second reading, where its turn has come. */
  function readAgain(part: number, place: Places, now: number): Promise<Waiting[]> | Waiting[] {
    const to = Math.min(now - activityAgainMs, place.first)
    return to - place.second < activityAgainEveryMs ? [] : readOn(part, place, 'second', to)
  }

  /** Reads on, over what is empty at once, until something is found or the reading has come to where it may. */
  async function readOn(part: number, place: Places, reading: 'first' | 'second', to: number): Promise<Waiting[]> {
    let from = place[reading]
    let found: Waiting[] = []
    while (found.length === 0 && from < to) {
      const until = Math.min(to, from + activityStepMs)
      found = await read(part, from, until)
      from = until
    }
    if (from > place[reading]) after.push({ part, reading, upTo: from, found: found.length > 0 })
    return found
  }

  async function look(): Promise<void> {
    const now = clock.now()
    const each = Array.from({ length: activityParts }, async (_, part) => {
      const place = await placesOf(part)
      const again = await readAgain(part, place, now)
      const first = await readOn(part, place, 'first', now - activityLandsMs)
      return [...again.filter(({ key }) => !told.has(key)), ...first]
    })
    waiting = (await Promise.all(each)).flat().sort((a, b) => a.logged - b.logged)
    if (waiting.length === 0) await settle()
  }

  /** All that waited is done. */
  async function settle(): Promise<void> {
    const reached = after
    after = []
    for (const { part, reading, upTo, found } of reached) {
      const place = places[part]!
      place[reading] = Math.max(place[reading], upTo)
      if (reading === 'first') continue
      // Looking at nothing once more is cheaper than a durable write each time.
      if (!found && upTo - place.saved < activitySavedEveryMs) continue
      await db.write(saveDone, [part, upTo, upTo])
      place.saved = upTo
    }
    const oldest = Math.min(...places.map((place) => place?.second ?? 0))
    for (const [key, logged] of told) if (logged <= oldest) told.delete(key)
  }

  return {
    async put({ kind, user, subject, at, page }) {
      const logged = Math.floor(clock.now())
      const part = hashOf(user) % activityParts
      const place = [minuteAt(logged), part, logged, activityKinds.indexOf(kind), user, subject]
      await db.write(insert, [...place, at, page])
    },

    async next(limit) {
      if (waiting.length === 0) {
        after = []
        await look()
      }
      return waiting.slice(0, limit)
    },

    async done(list) {
      if (list.length === 0) return
      const keys = new Set(list.map(({ key }) => key))
      for (const { key, kind, logged } of waiting) if (kind === 'message' && keys.has(key)) told.set(key, logged)
      waiting = waiting.filter(({ key }) => !keys.has(key))
      if (waiting.length === 0) await settle()
    },
  }
}
