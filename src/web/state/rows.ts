/** What has an id of the server's: decimal, time-ordered, below 2^53. */
export interface Row {
  readonly id: string
}

/** A timeline in parts, newest first; no message is in two of them, and none is missing between them. */
export interface Rows<T> {
  /** Newer than what is shown: they wait until the reader asks. */
  readonly waiting: readonly T[]
  readonly shown: readonly T[]
  /** Below what is shown, at hand without asking the server. */
  readonly below: readonly T[]
  /** What the server is asked for below all of these; undefined at the end. */
  readonly next: string | undefined
  /** How many wait: more than `waiting` holds, where it has overflowed. */
  readonly count: number
  /** One has scrolled down so far that the top was dropped: it is to be read again before anything above is shown. */
  readonly topless?: true
}

export const noRows: Rows<never> = { waiting: [], shown: [], below: [], next: undefined, count: 0 }

/** Messages held beside those that wait; beyond, the oldest are dropped and read again when one scrolls there. */
export const rowsMax = 1_000
/** Messages that wait above; beyond, what is shown gives way to them, so that there is no hole. */
export const waitingMax = 200
/** Rows that are made visible at a time: more would hold up the page for longer than one notices. */
export const stepRows = 5
/** Rows kept visible while one is at the top and more arrive: what leaves at the end is at hand below. */
export const topRows = 60

/** Below 2^53, so that numbers hold them. */
const newestFirst =
  <T>(id: (row: T) => string) =>
  (a: T, b: T) =>
    Number(id(b)) - Number(id(a))

/**
 * The same timeline with messages that arrived. `show`: they appear at once, for the reader is at the top; else they wait.
 * What is held already is left out; what belongs below all that is held comes with its page.
 */
export function arrived<T>(rows: Rows<T>, fresh: readonly T[], show: boolean, id: (row: T) => string): Rows<T> {
  const all = [rows.waiting, rows.shown, rows.below]
  const held = new Set(all.flatMap((part) => part.map(id)))
  const lowest = all.findLast((part) => part.length > 0)?.at(-1)
  const added = [...new Map(fresh.map((row) => [id(row), row])).values()].filter(
    (row) =>
      !held.has(id(row)) && (lowest === undefined || rows.next === undefined || Number(id(row)) > Number(id(lowest))),
  )
  if (added.length === 0) return rows
  const top = rows.shown[0]
  const above = added.filter((row) => top === undefined || Number(id(row)) > Number(id(top)))
  const within = added.filter((row) => !above.includes(row))
  const merged = within.length > 0 ? mergeBelow(rows, within, id) : rows
  if (show && rows.waiting.length === 0 && !rows.topless) {
    const shown = [...above.toSorted(newestFirst(id)), ...merged.shown]
    return bounded({ ...merged, shown: shown.slice(0, topRows), below: [...shown.slice(topRows), ...merged.below] }, id)
  }
  const waiting = [...above, ...merged.waiting].toSorted(newestFirst(id))
  return bounded({ ...merged, waiting, count: merged.count + above.length }, id)
}

/** A late one: to its place among those that are there, which moves nothing above it. */
function mergeBelow<T>(rows: Rows<T>, within: readonly T[], id: (row: T) => string): Rows<T> {
  const shownTo = rows.shown.at(-1)
  const inShown = (row: T) => shownTo === undefined || rows.below.length === 0 || Number(id(row)) > Number(id(shownTo))
  return {
    ...rows,
    shown: [...rows.shown, ...within.filter(inShown)].toSorted(newestFirst(id)),
    below: [...rows.below, ...within.filter((row) => !inShown(row))].toSorted(newestFirst(id)),
  }
}

/** What waits is shown, from the newest on; what was shown follows as one scrolls. */
export function reveal<T>(rows: Rows<T>, id: (row: T) => string): Rows<T> {
  const { waiting, shown, below, next } = rows
  if (waiting.length === 0) return rows
  // Some that waited were dropped: what is below them is read again.
  const torn = rows.count > waiting.length
  if (waiting.length <= stepRows && !torn)
    return bounded({ ...rows, waiting: [], count: 0, shown: [...waiting, ...shown] }, id)
  const rest = torn ? waiting.slice(stepRows) : [...waiting.slice(stepRows), ...shown, ...below]
  return bounded(
    { waiting: [], count: 0, shown: waiting.slice(0, stepRows), below: rest, next: torn ? id(waiting.at(-1)!) : next },
    id,
  )
}

/** A step further down, out of what is at hand; the same rows where that is nothing. */
export function further<T>(rows: Rows<T>): Rows<T> {
  if (rows.below.length === 0) return rows
  return { ...rows, shown: [...rows.shown, ...rows.below.slice(0, stepRows)], below: rows.below.slice(stepRows) }
}

/** A page that was read below all that is held. */
export function joined<T>(
  rows: Rows<T>,
  page: readonly T[],
  next: string | undefined,
  id: (row: T) => string,
): Rows<T> {
  const held = new Set([...rows.waiting, ...rows.shown, ...rows.below].map(id))
  const longer = further({ ...rows, below: [...rows.below, ...page.filter((row) => !held.has(id(row)))], next })
  if (longer.shown.length <= rowsMax) return longer
  return { ...longer, waiting: [], shown: longer.shown.slice(-rowsMax), topless: true }
}

/** Without those that are gone. */
export function without<T>(rows: Rows<T>, gone: (row: T) => boolean): Rows<T> {
  const kept = (part: readonly T[]) => (part.some(gone) ? part.filter((row) => !gone(row)) : part)
  const waiting = kept(rows.waiting)
  return {
    ...rows,
    waiting,
    shown: kept(rows.shown),
    below: kept(rows.below),
    count: rows.count - (rows.waiting.length - waiting.length),
  }
}

function bounded<T>(rows: Rows<T>, id: (row: T) => string): Rows<T> {
  const waiting = rows.waiting.slice(0, waitingMax)
  if (rows.shown.length + rows.below.length <= rowsMax) return { ...rows, waiting }
  const shown = rows.shown.slice(0, rowsMax)
  const below = rows.below.slice(0, rowsMax - shown.length)
  return { ...rows, waiting, shown, below, next: id((below.at(-1) ?? shown.at(-1))!) }
}
