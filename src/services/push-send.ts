import {
  pushAfterMs,
  pushEndMs,
  pushJobsMax,
  pushLookEveryMs,
  pushRetryMs,
  pushRetryMsMax,
  pushTriesMax,
} from '../core/limits.ts'
import type { Chance } from '../ports/chance.ts'
import type { Clock } from '../ports/clock.ts'
import { type Outgoing, OutgoingRefused } from '../ports/outgoing.ts'
import type { PushSubscription } from '../ports/push.ts'
import { createHosts, type Place } from './push-hosts.ts'
import type { MakePushRequest, Push } from './push-request.ts'

export type PushOutcome = 'sent' | 'failed' | 'removed' | 'retried'

/**
 * Hands pushes to push services: at most `pushTriesMax` tries each, what is answered 404 or 410 ends its subscription. All of
 * it stands in memory alone: what waits when the process ends is not pushed.
 */
export interface SendPushes {
  /** Of one subscription and topic only the newest waits. */
  offer(push: Push): void
  /** Until `signal` aborts; what is under way then has `pushEndMs` left. */
  run(signal: AbortSignal): Promise<void>
  /** Pushes by what became of them, and those that wait or are under way. */
  stats(): Record<PushOutcome, number> & { waiting: number }
}

interface Job {
  push: Push
  tries: number
  /** Unix ms: not before. */
  due: number
  underWay: boolean
  /** Unix ms: as of then it was to go. */
  wantedAt: number
}

export function createSendPushes({
  makeRequest,
  outgoing,
  wanted,
  remove,
  clock,
  chance,
  observe,
  log,
}: {
  makeRequest: MakePushRequest
  outgoing: Pick<Outgoing, 'request'>
  /** Whether a push that is tried again is still to go: the user has no socket, the subscription stands. */
  wanted: (subscription: PushSubscription) => Promise<boolean>
  /** The push service knows the subscription no more. */
  remove: (subscription: PushSubscription) => Promise<void>
  clock: Clock
  chance: Pick<Chance, 'number'>
  /** Told of each request: how long it took, and whether it was answered. */
  observe: (ms: number, answered: boolean) => void
  /** Told neither endpoints nor keys. */
  log: (problem: string, error: unknown) => void
}): SendPushes {
  const counts: Record<PushOutcome, number> = { sent: 0, failed: 0, removed: 0, retried: 0 }
  const hosts = createHosts<Job>()
  /** All jobs by subscription and topic; one that a newer one overtook under way is not among them. */
  const jobs = new Map<string, Job>()
  const later = new Set<Job>()
  const underWay = new Set<Promise<void>>()
  const ending = new AbortController()

  const nameOf = ({ subscription, topic }: Push) => `${subscription.token} ${topic}`

  function end(job: Job, outcome?: PushOutcome): void {
    if (outcome !== undefined) counts[outcome]++
    const name = nameOf(job.push)
    if (jobs.get(name) === job) jobs.delete(name)
  }

  function queue(job: Job): void {
    if (!hosts.put(new URL(job.push.subscription.endpoint).host, job)) end(job, 'failed')
  }

  function pump(): void {
    for (let place = hosts.take(); place !== undefined; place = hosts.take()) {
      const sending = send(place)
      underWay.add(sending)
      void sending.finally(() => underWay.delete(sending))
    }
  }

  async function send(place: Place<Job>): Promise<void> {
    const { job } = place
    job.underWay = true
    let answered = false
    try {
      answered = await attempt(job)
    } catch (error) {
      log('a push failed through a mistake of ours', error)
      end(job, 'failed')
    }
    job.underWay = false
    hosts.done(place, answered)
    if (!ending.signal.aborted) pump()
  }

  /** Resolves to whether the push service answered. */
  async function attempt(job: Job): Promise<boolean> {
    const { push } = job
    const { subscription } = push
    // Meanwhile the user may have come back, or gone.
    if (clock.now() - job.wantedAt >= pushAfterMs && !(await wanted(subscription))) {
      end(job)
      return true
    }
    const { headers, body } = await makeRequest(push)
    const began = performance.now()
    const answer = await outgoing
      .request(subscription.endpoint, { method: 'POST', headers, body, signal: ending.signal })
      .catch((error: Error) => error)
    observe(performance.now() - began, !(answer instanceof Error))
    if (answer instanceof OutgoingRefused) end(job, 'failed')
    else if (answer instanceof Error) retry(job, undefined)
    else if (answer.status >= 200 && answer.status < 300) end(job, 'sent')
    else if (answer.status === 404 || answer.status === 410) {
      await remove(subscription)
      end(job, 'removed')
    } else if (answer.status === 429 || answer.status >= 500) retry(job, answer.headers['retry-after'])
    else end(job, 'failed')
    return !(answer instanceof Error)
  }

  function retry(job: Job, retryAfter: string | undefined): void {
    job.tries++
    const asked = retryAfterMs(retryAfter, clock.now())
    const overtaken = jobs.get(nameOf(job.push)) !== job
    if (overtaken || job.tries >= pushTriesMax || asked > pushRetryMsMax) {
      end(job, 'failed')
      return
    }
    counts.retried++
    const backOff = pushRetryMs * 2 ** (job.tries - 1) * (0.5 + chance.number() / 2)
    job.due = clock.now() + Math.max(asked, backOff)
    later.add(job)
  }

  return {
    offer(push) {
      const name = nameOf(push)
      const former = jobs.get(name)
      if (former !== undefined && !former.underWay) {
        former.push = push
        former.wantedAt = clock.now()
        return
      }
      const job: Job = { push, tries: 0, due: 0, underWay: false, wantedAt: clock.now() }
      if (jobs.size >= pushJobsMax) {
        end(job, 'failed')
        return
      }
      jobs.set(name, job)
      queue(job)
      pump()
    },

    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(pushLookEveryMs, signal)
        const now = clock.now()
        for (const job of later) {
          if (job.due > now) continue
          later.delete(job)
          queue(job)
        }
        pump()
      }
      await Promise.race([Promise.allSettled(underWay), clock.sleep(pushEndMs)])
      ending.abort()
      await Promise.allSettled(underWay)
    },

    stats: () => ({ ...counts, waiting: jobs.size }),
  }
}

/** RFC 9110, 10.2.3: seconds or a date; 0 where it is neither. */
export function retryAfterMs(value: string | undefined, now: number): number {
  if (value === undefined) return 0
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now
  return Number.isNaN(ms) ? 0 : Math.max(0, ms)
}
