import type { UserId } from './ids.ts'

/** Some users, at one moment: a sorted array of ids, 8 bytes each. */
export class UserIds {
  readonly ids: Float64Array

  /** `ids` must be sorted upward and free of repeats; it is kept, not copied. */
  constructor(ids: Float64Array) {
    this.ids = ids
  }

  get size(): number {
    return this.ids.length
  }

  /** Binary search: 7 steps for 100 users. */
  has(user: UserId): boolean {
    const ids = this.ids
    let low = 0
    let high = ids.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ids[middle]! < user) low = middle + 1
      else high = middle
    }
    return low < ids.length && ids[low] === user
  }

  sameAs(other: UserIds): boolean {
    if (this.ids.length !== other.ids.length) return false
    for (let i = 0; i < this.ids.length; i++) if (this.ids[i] !== other.ids[i]) return false
    return true
  }
}
