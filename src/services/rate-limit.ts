import {
  exportsPerHour,
  logInsPerAccount,
  logInsPerAccountSeconds,
  logInsPerMinute,
  ratesCountedMax,
  ratesSettledEveryMs,
  ratesSettledMax,
  ratesSharedFrom,
  readsPerMinute,
  reportsPerHour,
  signUpsPerHour,
  uploadsPerHour,
  writesPerMinute,
} from '../core/limits.ts'
import { type Log, silentLog } from '../core/log.ts'
import type { Clock } from '../ports/clock.ts'
import type { SharedRates } from '../ports/rates.ts'

interface Policy {
  readonly quota: number
  readonly windowSeconds: number
  /** The share of the quota from which other processes are told; 0: of each action. */
  readonly sharedFrom: number
}

/** What is limited; the names stand in the header `RateLimit-Policy`. */
const policies = {
  reads: { quota: readsPerMinute, windowSeconds: 60, sharedFrom: ratesSharedFrom },
  writes: { quota: writesPerMinute, windowSeconds: 60, sharedFrom: ratesSharedFrom },
  signups: { quota: signUpsPerHour, windowSeconds: 3_600, sharedFrom: 0 },
  reports: { quota: reportsPerHour, windowSeconds: 3_600, sharedFrom: 0 },
  uploads: { quota: uploadsPerHour, windowSeconds: 3_600, sharedFrom: 0 },
  exports: { quota: exportsPerHour, windowSeconds: 3_600, sharedFrom: 0 },
  logins: { quota: logInsPerMinute, windowSeconds: 60, sharedFrom: 0 },
  'account-logins': { quota: logInsPerAccount, windowSeconds: logInsPerAccountSeconds, sharedFrom: 0 },
} as const satisfies Record<string, Policy>

export type RatePolicy = keyof typeof policies

export interface Rate {
  readonly policy: RatePolicy
  readonly allowed: boolean
  /** How many more would be allowed now. */
  readonly remaining: number
  /** Seconds until the whole quota is there again. */
  readonly resetSeconds: number
  /** Where not allowed: seconds until one is; else 0. */
  readonly retryAfterSeconds: number
}

export interface RateLimits {
  /** Counts one action of `who` (a user's id, an address or a handle); undefined when limits are off. */
  take(policy: RatePolicy, who: string | number): Rate | undefined
  /** Settles with other processes, where there are some, what was taken since. */
  settle(): Promise<void>
  /** Settles again and again until `signal` aborts; while others cannot be reached, each process counts alone. */
  run(signal: AbortSignal): Promise<void>
}

/** `"writes";q=300;w=60`: the policy as draft-ietf-httpapi-ratelimit-headers writes it. */
export function ratePolicyHeader(policy: RatePolicy): string {
  return `"${policy}";q=${policies[policy].quota};w=${policies[policy].windowSeconds}`
}

/** `"writes";r=299;t=1`: what is left of it. */
export function rateHeader(rate: Rate): string {
  return `"${rate.policy}";r=${rate.remaining};t=${rate.resetSeconds}`
}

/** What was taken here of one allowance and is not settled yet. */
interface Untold {
  readonly policy: RatePolicy
  readonly who: string | number
  ms: number
  /** When the first of it was taken. */
  from: number
}

/**
 * Token buckets in this process, one number each: the moment at which the bucket would be full again (the generic cell
 * rate algorithm, ITU-T I.371). A full bucket allows the whole quota at once; it refills evenly over the window. Where
 * other processes draw on the same buckets, those that are drawn on much are settled with them beside the requests.
 */
export function createRateLimits({
  clock,
  on,
  shared,
  log = silentLog,
}: {
  clock: Clock
  on: boolean
  shared?: SharedRates | undefined
  log?: Pick<Log, 'error'>
}): RateLimits {
  const fullAt = {} as Record<RatePolicy, Map<string | number, number>>
  for (const policy of Object.keys(policies) as RatePolicy[]) fullAt[policy] = new Map()
  /** Kept until the bucket is full again, also with nothing untold: others may draw on it. */
  const untold = new Map<string, Untold>()

  function set(policy: RatePolicy, who: string | number, at: number): void {
    const buckets = fullAt[policy]
    if (buckets.size >= ratesCountedMax && !buckets.has(who)) buckets.delete(buckets.keys().next().value!)
    buckets.set(who, at)
  }

  /** `usedMs`: all that is used of it here, this action included. */
  function tell(policy: RatePolicy, who: string | number, eachMs: number, usedMs: number, now: number): void {
    const key = `${policy}:${who}`
    const known = untold.get(key)
    if (known === undefined) {
      if (untold.size < ratesSettledMax) untold.set(key, { policy, who, ms: usedMs, from: now })
      return
    }
    if (known.ms === 0) known.from = now
    known.ms += eachMs
  }

  async function settle(): Promise<void> {
    if (shared === undefined || untold.size === 0) return
    const before = clock.now()
    const told = [...untold].map(([key, one]) => ({ key, one, ms: one.ms, from: one.from }))
    for (const { one } of told) one.ms = 0
    const used = await shared.settle(
      told.map(({ key, one, ms, from }) => {
        return { key, ms, agoMs: ms === 0 ? 0 : before - from, windowMs: policies[one.policy].windowSeconds * 1_000 }
      }),
    )
    const now = clock.now()
    for (const [i, { key, one, ms, from }] of told.entries()) {
      const usedMs = used[i]
      if (usedMs === undefined) {
        // It is told with the next; should it have been heard all the same, it counts twice.
        one.ms += ms
        one.from = from
      } else if (usedMs + one.ms <= 0) untold.delete(key)
      else set(one.policy, one.who, now + usedMs + one.ms)
    }
  }

  return {
    take(policy, who) {
      if (!on) return undefined
      const { quota, windowSeconds, sharedFrom } = policies[policy]
      const windowMs = windowSeconds * 1_000
      const eachMs = windowMs / quota
      const now = clock.now()
      const before = Math.max(fullAt[policy].get(who) ?? 0, now)
      const after = before + eachMs
      const excess = after - now - windowMs
      // A hair of tolerance: the sums are of floating-point numbers.
      const allowed = excess <= eachMs / 1_000
      const used = (allowed ? after : before) - now
      if (allowed) {
        set(policy, who, after)
        if (shared !== undefined && used > windowMs * sharedFrom) tell(policy, who, eachMs, used, now)
      }
      return {
        policy,
        allowed,
        remaining: Math.max(0, Math.floor((windowMs - used) / eachMs + 1e-6)),
        resetSeconds: Math.ceil(used / 1_000),
        retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil(excess / 1_000)),
      }
    },
    settle,
    async run(signal) {
      if (!on || shared === undefined) return
      while (!signal.aborted) {
        await clock.sleep(ratesSettledEveryMs, signal)
        await settle().catch((error) => log.error({ err: error }, 'rates could not be settled with other processes'))
      }
    },
  }
}
