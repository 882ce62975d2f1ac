import { check, fits } from '../core/check.ts'
import type { MessageId, UserId } from '../core/ids.ts'
import { publisherAvoidedMs, publishersKnownMs, remoteKeyedPublishMs, remotePublishMs } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import { Problem } from '../core/wire.ts'
import type { Chance } from '../ports/chance.ts'
import type { Clock } from '../ports/clock.ts'
import type { Member, Members } from '../ports/members.ts'
import type { Draft } from '../services/draft.ts'
import type { Published } from '../services/publish.ts'
import { keyHeader, PublishAnswer, type PublishCall, publishPath } from './internal.ts'

/**
 * What became of a call that brought no message. `refused`: the answer for the client. `untouched`: this process has not
 * begun, so another may. `unknown`: the message may be there, or come yet; only with a key may another process try.
 */
type Failure = { readonly kind: 'refused' | 'untouched' | 'unknown'; readonly refusal: Refusal }

/** The role that a process has which publishes. */
const role = 'publish'

const nobody = () =>
  new Refusal('unavailable', 'Nothing can be published at the moment: try again, with the same Idempotency-Key.', {
    retryAfterSeconds: 1,
  })

/**
 * Publishes through processes that have that role, one after the other until one answers: never twice, for only a call that
 * was not begun, or has an Idempotency-Key, is made again elsewhere. Throws what that process refuses with, and
 * `unavailable` where none can be reached.
 */
export function createRemotePublish({
  members,
  sharedKey,
  clock,
  chance,
  log,
}: {
  members: Pick<Members, 'list'>
  sharedKey: string
  clock: Pick<Clock, 'now'>
  chance: Pick<Chance, 'number'>
  log: Log
}): (author: UserId, draft: Draft, key?: string) => Promise<Published> {
  let publishers: readonly Member[] = []
  let knownAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  /** Addresses that did not answer lately, and until when they are tried last. */
  const avoided = new Map<string, number>()

  async function look(): Promise<void> {
    const began = clock.now()
    publishers = (await members.list()).filter(({ roles, address }) => roles.includes(role) && address !== '')
    for (const [address, until] of avoided) if (until < began) avoided.delete(address)
    knownAt = began
  }

  /** In the order in which they are tried: by chance, so that all have as much to do. */
  async function candidates(): Promise<readonly Member[]> {
    if (clock.now() - knownAt > publishersKnownMs) {
      looking ??= look().finally(() => {
        looking = undefined
      })
      // While the list cannot be read, the one from before is better than none.
      await looking.catch((error: unknown) => {
        if (publishers.length === 0) throw error
      })
    }
    const from = Math.floor(chance.number() * publishers.length)
    const turned = [...publishers.slice(from), ...publishers.slice(0, from)]
    if (avoided.size === 0) return turned
    const isAvoided = ({ address }: Member) => (avoided.get(address) ?? 0) > clock.now()
    return [...turned.filter((member) => !isAvoided(member)), ...turned.filter(isAvoided)]
  }

  async function ask({ address }: Member, call: PublishCall): Promise<Published | Failure> {
    try {
      const response = await fetch(`http://${address}${publishPath}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', [keyHeader]: sharedKey },
        body: JSON.stringify(call),
        redirect: 'error',
        signal: AbortSignal.timeout(call.key === undefined ? remotePublishMs : remoteKeyedPublishMs),
      })
      const answer: unknown = await response.json()
      return response.ok ? check(PublishAnswer, answer) : failureOf(response, answer)
    } catch (error) {
      const untouched = (error as { code?: unknown }).code === 'ECONNREFUSED'
      avoided.set(address, clock.now() + publisherAvoidedMs)
      if (!untouched) log.warn({ err: error, address }, 'a process that publishes did not answer')
      return { kind: untouched ? 'untouched' : 'unknown', refusal: nobody() }
    }
  }

  return async function publish(author, draft, key) {
    const said = draft.boostOf === undefined ? wordsOf(draft) : { boostOf: draft.boostOf }
    const call = { author, ...said, ...(key !== undefined && { key }) }
    let last: Refusal | undefined
    for (const member of await candidates()) {
      const answer = await ask(member, call)
      if (!('kind' in answer)) return answer
      last = answer.refusal
      if (answer.kind === 'refused' || (answer.kind === 'unknown' && key === undefined)) break
    }
    throw last ?? nobody()
  }
}

function wordsOf({ media, ...rest }: Exclude<Draft, { boostOf: MessageId }>) {
  return media === undefined ? rest : { ...rest, media: [...media] }
}

/** Refusals after which the message may be there all the same, or come yet. */
const unsure: ReadonlySet<string> = new Set(['unavailable', 'overloaded', 'internal'])

function failureOf(response: Response, answer: unknown): Failure {
  if (!fits(Problem, answer)) return { kind: 'unknown', refusal: nobody() }
  const { code, detail, field } = answer
  const retryAfterSeconds = Number(response.headers.get('retry-after')) || undefined
  const refusal = new Refusal(code, detail, {
    ...(field !== undefined && { field }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
  // What nobody there knows (an older process, another installation at that address) is for us to say in our words.
  if (code === 'not_found' || code === 'draining') return { kind: 'untouched', refusal: nobody() }
  return { kind: unsure.has(code) ? 'unknown' : 'refused', refusal }
}
