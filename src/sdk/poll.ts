import type { Arrivals } from './arrivals.ts'
import { mayPass, RookeryError } from './error.ts'
import { pageLength, pollEveryMs, reconnectMsMax } from './limits.ts'
import type { Timeline, TimelinePage, User } from './types.ts'
import { backOff, wait } from './wait.ts'

/** What the server is asked for; both throw RookeryError. */
export interface Ask {
  /** A page of the home timeline. */
  page(page: TimelinePage, signal: AbortSignal): Promise<Timeline>
  /** Who oneself is. */
  user(signal: AbortSignal): Promise<User>
}

/**
 * Puts what arrived after `since` into `arrivals`, page by page, and resolves to the cursor at the end; without `since`,
 * to where the timeline stands. Throws RookeryError.
 */
export async function catchUp(
  arrivals: Arrivals,
  since: string | undefined,
  preview: number | undefined,
  ask: Ask,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (since === undefined) {
    const { cursor } = await ask.page({ length: 1 }, signal)
    arrivals.put({ cursor })
    return cursor
  }
  let cursor: string | undefined = since
  for (let more = true; more && !signal.aborted; ) {
    const page: Timeline | undefined = await ask
      .page({ since: cursor, length: pageLength, preview }, signal)
      .catch((error) => {
        if (isExpired(error)) return undefined
        throw error
      })
    if (page === undefined) {
      const newest = await ask.page({ length: pageLength, preview }, signal)
      // Another reader's cursor is one of those that expire.
      const user = await ask.user(signal)
      arrivals.put({ event: { type: 'reset', page: newest }, user, cursor: newest.cursor })
      return newest.cursor
    }
    for (const id of page.deleted ?? []) arrivals.put({ event: { type: 'deleted', id } })
    for (const message of page.messages.toReversed()) arrivals.put({ event: { type: 'message', message } })
    // All of the page was handed over only then.
    arrivals.put({ cursor: page.cursor })
    if (arrivals.full) await arrivals.drained()
    cursor = page.cursor
    more = page.more
  }
  return cursor
}

/** Catches up again and again until `signal` aborts, for who has no WebSocket. Throws as `catchUp` but for lost connections. */
export async function poll(
  arrivals: Arrivals,
  since: string | undefined,
  preview: number | undefined,
  ask: Ask,
  signal: AbortSignal,
): Promise<void> {
  let cursor = since
  let online = false
  let tries = 0
  // The first answer says that one is connected: before what it brings.
  const asked: Ask = {
    ...ask,
    async page(page, signal) {
      const answer = await ask.page(page, signal)
      if (!online) {
        const user = await ask.user(signal)
        arrivals.put({ event: { type: 'online', user }, user })
      }
      online = true
      return answer
    },
  }
  while (!signal.aborted) {
    try {
      cursor = await catchUp(arrivals, cursor, preview, asked, signal)
      tries = 0
      await wait(pollEveryMs, signal)
    } catch (error) {
      if (!(error instanceof RookeryError) || !mayPass(error)) throw error
      const retryIn = Math.round(Math.max(backOff(tries++, reconnectMsMax), (error.retryAfter ?? 0) * 1000))
      online = false
      arrivals.put({ event: { type: 'offline', retryIn, reason: error.detail } })
      await wait(retryIn, signal)
    }
  }
}

/** A cursor that no server gave is as good as one that has expired. */
function isExpired(error: unknown): boolean {
  return error instanceof RookeryError && (error.code === 'cursor_expired' || error.field === 'since')
}
