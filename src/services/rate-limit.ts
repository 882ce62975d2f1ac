import { logInsPerMinute, ratesCountedMax, readsPerMinute, signUpsPerHour, writesPerMinute } from '../core/limits.ts'
import type { Clock } from '../ports/clock.ts'

/** What is limited; the names stand in the header `RateLimit-Policy`. */
const policies = {
  reads: { quota: readsPerMinute, windowSeconds: 60 },
  writes: { quota: writesPerMinute, windowSeconds: 60 },
  signups: { quota: signUpsPerHour, windowSeconds: 3_600 },
  logins: { quota: logInsPerMinute, windowSeconds: 60 },
} as const

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
  /** Counts one action of `who` (a user's id or an address); undefined when limits are off. */
  take(policy: RatePolicy, who: string | number): Rate | undefined
}

/** `"writes";q=300;w=60`: the policy as draft-ietf-httpapi-ratelimit-headers writes it. */
export function ratePolicyHeader(policy: RatePolicy): string {
  return `"${policy}";q=${policies[policy].quota};w=${policies[policy].windowSeconds}`
}

/** `"writes";r=299;t=1`: what is left of it. */
export function rateHeader(rate: Rate): string {
  return `"${rate.policy}";r=${rate.remaining};t=${rate.resetSeconds}`
}

/**
 * Token buckets in this process, one number each: the moment at which the bucket would be full again (the generic cell
 * rate algorithm, ITU-T I.371). A full bucket allows the whole quota at once; it refills evenly over the window.
 */
export function createRateLimits({ clock, on }: { clock: Pick<Clock, 'now'>; on: boolean }): RateLimits {
  const fullAt = {} as Record<RatePolicy, Map<string | number, number>>
  for (const policy of Object.keys(policies) as RatePolicy[]) fullAt[policy] = new Map()

  return {
    take(policy, who) {
      if (!on) return undefined
      const { quota, windowSeconds } = policies[policy]
      const windowMs = windowSeconds * 1_000
      const eachMs = windowMs / quota
      const now = clock.now()
      const buckets = fullAt[policy]
      const before = Math.max(buckets.get(who) ?? 0, now)
      const after = before + eachMs
      const excess = after - now - windowMs
      // A hair of tolerance: the sums are of floating-point numbers.
      const allowed = excess <= eachMs / 1_000
      if (allowed) {
        if (buckets.size >= ratesCountedMax && !buckets.has(who)) buckets.delete(buckets.keys().next().value!)
        buckets.set(who, after)
      }
      const used = (allowed ? after : before) - now
      return {
        policy,
        allowed,
        remaining: Math.max(0, Math.floor((windowMs - used) / eachMs + 1e-6)),
        resetSeconds: Math.ceil(used / 1_000),
        retryAfterSeconds: allowed ? 0 : Math.max(1, Math.ceil(excess / 1_000)),
      }
    },
  }
}
