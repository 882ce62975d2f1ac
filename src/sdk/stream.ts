import { Arrivals } from './arrivals.ts'
import type { Event } from './events.ts'
import type { Home } from './home.ts'

/**
 * Hands over what `source` puts in: each message once, and nothing counts as handed over before the next event is asked
 * for. Ends when `signal` aborts or the source has ended; throws what it throws.
 */
export async function* handOver(
  home: Home,
  source: (arrivals: Arrivals, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event, void, undefined> {
  const stop = new AbortController()
  const aborted = () => stop.abort()
  signal?.addEventListener('abort', aborted)
  if (signal?.aborted) stop.abort()
  const arrivals = new Arrivals()
  stop.signal.addEventListener('abort', () => arrivals.close())
  const running = source(arrivals, stop.signal).then(
    () => arrivals.end(),
    (error) => arrivals.end(stop.signal.aborted ? undefined : error),
  )
  try {
    for (let { era } = home; ; ) {
      const arrival = await arrivals.take()
      if (arrival === undefined || stop.signal.aborted) return
      const { event, user, cursor } = arrival
      if (user !== undefined) {
        // Before anything is taken for theirs.
        await home.belongTo(user.id)
        era = home.era
      }
      if (event === undefined || (event.type === 'message' && home.has(event.message.id))) {
        home.done(cursor)
        await home.save()
        continue
      }
      if (event.type === 'online') {
        // Nothing comes before it, so from here on nothing may be missed.
        home.done(cursor)
        await home.save()
      }
      apply(event, home)
      yield event
      // Logged out meanwhile: nothing of it may be stored.
      if (home.era !== era) return
      if (event.type === 'reset') for (const { id } of event.page.messages) home.done(undefined, id)
      home.done(cursor, event.type === 'message' ? event.message.id : undefined)
      await home.save()
    }
  } finally {
    stop.abort()
    signal?.removeEventListener('abort', aborted)
    await running
  }
}

function apply(event: Event, home: Home): void {
  if (event.type === 'message') home.add(event.message)
  if (event.type === 'deleted') home.remove(event.id)
  if (event.type === 'reset') {
    home.unsettle()
    home.addPage(event.page, undefined)
  }
  if (event.type === 'likes') {
    for (const [id, likes] of Object.entries(event.counts)) home.change(id, () => ({ likes }))
  }
}
