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

/** A page of the server's as it was read again. */
export interface PageAgain<T> {
  readonly page: readonly T[]
  /** What it was asked for: only what is below this; absent for the newest page. */
  readonly before?: string | undefined
  readonly next: string | undefined
  /** Ids that were held when it was asked for: what has come since is not missing from it. */
  readonly asked: ReadonlySet<string>
}

/** The id down to which a page has everything. */
export const bottomOf = <T>({ page, next }: Pick<PageAgain<T>, 'page' | 'next'>, id: (row: T) => string): number =>
  next === undefined ? 0 : Math.min(...page.map((row) => Number(id(row))), Number.MAX_SAFE_INTEGER)

/**
 * The same timeline after a page was read over it: what is held within its range and not in it is gone, what is new takes
 * its place, or waits where it is above and not to `show`. A newest page that does not reach down to what is held begins
 * the timeline anew, or waits above it.
 */
export function renewed<T>(rows: Rows<T>, again: PageAgain<T>, show: boolean, id: (row: T) => string): Rows<T> {
  const { page, before, next, asked } = again
  const bottom = bottomOf(again, id)
  const lowest = [...rows.shown, ...rows.below].at(-1)
  // Cut off meanwhile from one side: what came no longer joins.
  if (before !== undefined && (lowest === undefined || Number(before) <= Number(id(lowest)))) return rows
  const parts = [...(rows.topless ? [] : rows.waiting), ...rows.shown, ...rows.below]
  const top = parts.find((row) => asked.has(id(row)))
  if (top !== undefined && bottom > Number(id(top))) {
    if (before !== undefined) return rows
    if (!show) return { ...rows, waiting: [], count: page.length, topless: true }
    const since = [...rows.waiting, ...rows.shown].filter((row) => !asked.has(id(row)))
    return arrived(further({ ...noRows, below: page, next }), since, true, id)
  }
  const there = new Set(page.map(id))
  const inRange = (at: number) => at >= bottom && (before === undefined || at < Number(before))
  const kept = without(rows, (row) => asked.has(id(row)) && !there.has(id(row)) && inRange(Number(id(row))))
  const end = [...kept.shown, ...kept.below].at(-1)
  const reaches = end === undefined || bottom <= Number(id(end))
  const open = reaches ? { ...kept, next: undefined } : kept
  const merged = kept.shown.length > 0 ? arrived(open, page, show, id) : fromTop(open, page, id)
  // It has a way on already where it grew too long for all of the page.
  return reaches ? { ...merged, next: merged.next ?? next } : merged
}

/** Nothing is shown that could move: all of it begins at the top. */
function fromTop<T>({ waiting, below, next }: Rows<T>, page: readonly T[], id: (row: T) => string): Rows<T> {
  const all = new Map([...waiting, ...below, ...page].map((row) => [id(row), row]))
  return further({ ...noRows, below: [...all.values()].toSorted(newestFirst(id)), next })
}
