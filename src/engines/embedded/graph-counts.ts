import type { Database } from 'bun:sqlite'

/** How many follow a user and whom a user follows, by number: read once, then kept. 8 bytes a user asked for. */
export class GraphCounts {
  readonly #read: (number: number) => [followers: number, following: number]
  /** A count and one: 0 is not known. */
  #followers = new Uint32Array(1_024)
  #following = new Uint32Array(1_024)

  constructor(db: Database) {
    const query = db.query('SELECT followers, following FROM users WHERE number = ?')
    this.#read = (number) => (query.values(number) as [number, number][])[0] ?? [0, 0]
  }

  followers(number: number): number {
    return this.knownFollowers(number) ?? this.#load(number)[0]
  }

  /** Undefined when it was not asked for yet. */
  knownFollowers(number: number): number | undefined {
    const known = this.#followers[number] ?? 0
    return known > 0 ? known - 1 : undefined
  }

  following(number: number): number {
    const known = this.#following[number] ?? 0
    return known > 0 ? known - 1 : this.#load(number)[1]
  }

  /** What one commit left: the followee's followers, and whom the reader follows. */
  set(reader: number, followee: number, followers: number, following: number): void {
    this.#reserve(Math.max(reader, followee))
    this.#followers[followee] = followers + 1
    this.#following[reader] = following + 1
  }

  #load(number: number): [followers: number, following: number] {
    const counts = this.#read(number)
    // Nobody is remembered under 0, the number of no user.
    if (number === 0) return counts
    this.#reserve(number)
    this.#followers[number] = counts[0] + 1
    this.#following[number] = counts[1] + 1
    return counts
  }

  #reserve(number: number): void {
    if (number < this.#followers.length) return
    this.#followers = grown(this.#followers, number)
    this.#following = grown(this.#following, number)
  }
}

function grown(counts: Uint32Array<ArrayBuffer>, number: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(number + 1, counts.length * 2))
  larger.set(counts)
  return larger
}
