import type { Hidden } from './hidden.ts'
import { UserIds } from './user-ids.ts'

/** Whom a reader follows and sees, at one moment: `ids` and `has` leave out those whom the reader has muted. */
export class Followees extends UserIds {
  /** Undefined for most readers, who hide nobody and are hidden from nobody. */
  readonly hidden: Hidden | undefined
  /** How many the reader follows, those who are hidden included. */
  readonly followed: number

  /** `ids`: all that are followed, sorted upward and free of repeats; kept where nobody is hidden. */
  constructor(ids: Float64Array, hidden?: Hidden) {
    super(hidden === undefined ? ids : ids.filter((user) => !hidden.has(user)))
    this.hidden = hidden
    this.followed = ids.length
  }

  /** Of its arrays. */
  get bytes(): number {
    return this.ids.byteLength + (this.hidden?.bytes ?? 0)
  }

  override sameAs(other: Followees): boolean {
    const { hidden } = this
    if (this.followed !== other.followed || !super.sameAs(other)) return false
    return hidden === undefined || other.hidden === undefined ? hidden === other.hidden : hidden.sameAs(other.hidden)
  }
}
