/**
 * Where pages were left. What counts is which row stood where, not the distance from the top: rows that are not on screen have
 * no height that could be relied on (`content-visibility`).
 */
interface Position {
  readonly y: number
  /** The first row in view, and how far below the window's top it began. */
  readonly row?: { readonly id: string; readonly top: number }
}

const positionsMax = 50
const kept = 'positions'
const positions = new Map<string, Position>(JSON.parse(sessionStorage.getItem(kept) ?? '[]'))

/** Rows carry `data-row`, an id that is their own within the page. */
const rows = () => document.querySelectorAll<HTMLElement>('[data-row]')

/** Remembers where the page stands, for this entry of the history. */
export function keepPosition(key: string): void {
  positions.delete(key)
  const first = [...rows()].find((row) => row.getBoundingClientRect().bottom > 0)
  positions.set(key, {
    y: scrollY,
    ...(first && scrollY > 0 && { row: { id: first.dataset.row!, top: first.getBoundingClientRect().top } }),
  })
  if (positions.size > positionsMax) positions.delete(positions.keys().next().value!)
  sessionStorage.setItem(kept, JSON.stringify([...positions]))
}

/** How long rows may still come before the wish is given up, in milliseconds. */
const patienceMs = 1_500

/** Puts the page back where it was left, as soon as its rows are there; until the reader moves it. */
export function restorePosition(key: string): void {
  const position = positions.get(key)
  if (!position || position.y === 0) {
    scrollTo(0, 0)
    return
  }
  const until = performance.now() + patienceMs
  const stop = new AbortController()
  for (const event of ['wheel', 'touchstart', 'keydown', 'pointerdown']) {
    addEventListener(event, () => stop.abort(), { signal: stop.signal, passive: true })
  }
  let still = 0
  function step(): void {
    if (performance.now() > until) stop.abort()
    if (stop.signal.aborted) return
    const { row, y } = position!
    const found = row && [...rows()].find((each) => each.dataset.row === row.id)
    const off = found ? found.getBoundingClientRect().top - row.top : y - scrollY
    if (Math.abs(off) >= 1) scrollBy(0, off)
    else if (found || !row) still++
    // Rows that come into view take their real heights a frame later.
    if (still < 5) requestAnimationFrame(step)
    else stop.abort()
  }
  step()
}

/** Makes a change of the rows while what one reads stays where it is, whatever goes or comes above it. */
export function inPlace(change: () => void): void {
  const seen = topInView()
    ? []
    : [...rows()]
        .map((row) => ({ row, at: row.getBoundingClientRect() }))
        .filter(({ at }) => at.bottom > 0 && at.top < innerHeight)
  change()
  // Rendered by then, and not yet painted.
  queueMicrotask(() => {
    const left = seen.find(({ row }) => row.isConnected)
    const off = left ? left.row.getBoundingClientRect().top - left.at.top : 0
    if (Math.abs(off) >= 1) scrollBy(0, off)
  })
}

/** Whether the page is at its top, where what is new may be shown at once: nothing that is read moves out of view. */
export const topInView = (): boolean => scrollY < 8
