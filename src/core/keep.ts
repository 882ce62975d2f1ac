import { type Id, idAt } from './ids.ts'

/** What `--keep` bounds: an age, a size, or nothing. */
export type Keep = { readonly ageMs: number } | { readonly bytes: number } | undefined

/** Messages end hour by hour, so that pages made before stay good for that long. */
const stepMs = 3600_000

/** The smallest id that is kept at `now`, a Unix time in ms; 0 where age is no bound. */
export function keptFrom(keep: Keep, now: number): Id {
  if (keep === undefined || !('ageMs' in keep)) return 0
  return idAt(Math.floor((now - keep.ageMs) / stepMs) * stepMs)
}
