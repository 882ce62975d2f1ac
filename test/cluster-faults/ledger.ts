/** What the load gave and got: posts, who was given them and when, and everything that went wrong. Times are of `performance.now()`. */

export interface Post {
  readonly author: number
  /** Its place among its author's posts, from 0. */
  readonly n: number
  readonly key: string
  readonly beganAt: number
  id?: string
  /** When its author was told that it is taken; undefined until then. */
  acknowledgedAt?: number
  /** How many of its author's followers were given it. */
  given: number
  /** When the last of them was. */
  completeAt?: number
}

export interface Trouble {
  readonly at: number
  /**
   * `retried`: refused with 503 or not connected, and tried again elsewhere. `failed`: an error that this did not cure.
   * `repeated`: the same message twice on one connection; `again`: on a later one. `disorder`: before an earlier one of its author.
   */
  readonly kind: 'retried' | 'failed' | 'repeated' | 'again' | 'disorder'
  readonly what: string
}

/** A post that reached everybody within this was live. */
export const liveWithinMs = 3_000
/** Live again is only what stays so for this long. */
const liveForMs = 5_000

export class Ledger {
  /** In the order in which they were acknowledged. */
  readonly acknowledged: Post[] = []
  readonly troubles: Trouble[] = []
  readonly #followers: readonly (readonly number[])[]
  readonly #posts: Post[][]
  /** Of each reader and author, the places of posts that came. */
  readonly #came: Set<number>[][]
  readonly #highest: number[][]

  /** Of each author, their followers' numbers, from 0 to `readers` − 1. */
  constructor(followers: readonly (readonly number[])[], readers: number) {
    this.#followers = followers
    this.#posts = followers.map(() => [])
    this.#came = Array.from({ length: readers }, () => followers.map(() => new Set()))
    this.#highest = Array.from({ length: readers }, () => followers.map(() => -1))
  }

  begin(author: number): Post {
    const n = this.#posts[author]!.length
    const post: Post = { author, n, key: `post-${author}-${n}`, beganAt: performance.now(), given: 0 }
    this.#posts[author]!.push(post)
    return post
  }

  acknowledge(post: Post, id: string): void {
    post.id = id
    post.acknowledgedAt = performance.now()
    this.acknowledged.push(post)
  }

  note(kind: Trouble['kind'], what: string): void {
    this.troubles.push({ at: performance.now(), kind, what })
  }

  /** A reader was given an author's post; `held` says what came before on the same connection, and is kept by us. */
  arrived(reader: number, author: number, n: number, held: Set<string>): void {
    const post = this.#posts[author]?.[n]
    const name = `${author}:${n}`
    if (post === undefined) return void this.note('failed', `reader ${reader} was given ${name}, which nobody wrote`)
    if (held.has(name)) return void this.note('repeated', `reader ${reader}, post ${name}`)
    held.add(name)
    const came = this.#came[reader]![author]!
    if (came.has(n)) return void this.note('again', `reader ${reader}, post ${name}`)
    came.add(n)
    const highest = this.#highest[reader]!
    if (n < highest[author]!) this.note('disorder', `reader ${reader}, post ${name} after ${highest[author]}`)
    highest[author] = Math.max(highest[author]!, n)
    if (++post.given === this.#followers[author]!.length) post.completeAt = performance.now()
  }

  /** Posts acknowledged in that time. */
  between(from: number, to: number): Post[] {
    return this.acknowledged.filter(({ acknowledgedAt }) => acknowledgedAt! >= from && acknowledgedAt! <= to)
  }

  /** Who was not given a post, by number. */
  missing({ author, n }: Post): number[] {
    return this.#followers[author]!.filter((reader) => !this.#came[reader]![author]!.has(n))
  }

  /** The longest time without an acknowledgement. */
  longestGap(from: number, to: number): number {
    const moments = [from, ...this.between(from, to).map((post) => post.acknowledgedAt!), to]
    return Math.max(...moments.slice(1).map((at, i) => at - moments[i]!))
  }

  /** The longest time that one author waited for an acknowledgement. */
  longestWait(from: number, to: number): number {
    return Math.max(0, ...this.between(from, to).map(({ beganAt, acknowledgedAt }) => acknowledgedAt! - beganAt))
  }

  /** How long after `healed` posts began to reach everybody live and went on so; undefined while they have not. */
  liveAfter(healed: number): number | undefined {
    let since: number | undefined
    for (const { acknowledgedAt, completeAt } of this.between(healed, Number.POSITIVE_INFINITY)) {
      const age = (completeAt ?? performance.now()) - acknowledgedAt!
      if (age > liveWithinMs) since = undefined
      else if (completeAt === undefined) return undefined
      else {
        since ??= acknowledgedAt!
        if (acknowledgedAt! - since >= liveForMs) return since - healed
      }
    }
    return undefined
  }

  /** How long after `healed` all that was acknowledged before, from `from` on, had reached everybody; undefined while it has not. */
  caughtUpAfter(from: number, healed: number): number | undefined {
    let last = healed
    for (const { completeAt } of this.between(from, healed)) {
      if (completeAt === undefined) return undefined
      last = Math.max(last, completeAt)
    }
    return last - healed
  }
}
