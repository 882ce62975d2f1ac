import { signal } from '@preact/signals'
import type { Installation } from '../../sdk/index.ts'
import { rookery } from '../state/client.ts'
import { type Board, drawnOn, emptyBoard } from './board.ts'
import { type Look, readSamples } from './figures.ts'

const everyMs = 5_000
/** A process that is away would be asked again and again: a gap in its lines is better. */
const answerMs = 4_000
/** Processes looked at; an installation of more is what Prometheus is for. */
const processesMax = 32

/** What is drawn; it goes with the page. */
export const board = signal<Board>(emptyBoard)
export const installation = signal<Installation | undefined>(undefined)
/** Why the last look failed; undefined: it did not. */
export const problem = signal<unknown>(undefined)

/** Looks every few seconds while the page is seen, until the function that it returns is called. */
export function watch(): () => void {
  const stop = new AbortController()
  let last: Look | undefined
  const look = async () => {
    if (document.hidden) return
    try {
      const now = await lookOnce(stop.signal)
      if (last) board.value = drawnOn(board.value, last, now)
      last = now
      problem.value = undefined
    } catch (error) {
      if (!stop.signal.aborted) problem.value = error
    }
  }
  let looking = look()
  const timer = setInterval(() => {
    looking = looking.then(look)
  }, everyMs)
  return () => {
    stop.abort()
    clearInterval(timer)
    board.value = emptyBoard
  }
}

async function lookOnce(signal: AbortSignal): Promise<Look> {
  installation.value = await rookery.installation({ signal })
  const nodes = installation.value.instances.slice(0, processesMax).map(({ node }) => node)
  const all = await Promise.all(
    // A process that does not answer in time is left out; the others are shown.
    nodes.map((node) =>
      rookery.metrics({ node, signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) }).then(
        (text) => [node, readSamples(text)] as const,
        () => undefined,
      ),
    ),
  )
  return { at: Date.now(), of: new Map(all.filter((one) => one !== undefined)) }
}
