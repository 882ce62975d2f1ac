import type { Adjacency } from './bulk-load-edges.ts'

/** A made-up follow graph. */
export interface SyntheticGraph {
  readonly users: number
  /** Followees of a user, on average. */
  readonly mean: number
  /** Followers of the one author who has most; all others have fewer. */
  readonly max: number
  readonly seed: number
}

/** Draws for one edge before it is left out: repeats and full authors are rare unless the graph is nearly complete. */
const drawsMax = 64

/** No user follows more than this many times the mean. */
const degreeMax = 8

/**
 * Whom each user follows; the same for the same wish. Followees per user are distributed exponentially around the mean
 * (most follow few, some many); popularity falls with rank as 1 / (rank + c), Zipf's law with Mandelbrot's shift, c such
 * that the second author has about a quarter of `max`; the head, and the ranks among all users, are drawn by the seed.
 */
export function syntheticFollowees(
  { users, mean, max, seed }: SyntheticGraph,
  progress: (done: number) => void,
): Adjacency {
  const random = randomNumbers(seed)
  const byRank = shuffled(users, random)
  const head = byRank[0]!
  const shift = shiftFor(users, mean * users - max, max / 4)
  const logOfRanks = Math.log1p((users - 1) / shift)

  const offsets = new Uint32Array(users + 1)
  let members = new Uint32Array(Math.ceil(users * mean * 1.02) + 1_024)
  const followers = new Uint32Array(users)
  /** Whom the present reader follows, as the reader's number and one. */
  const stamps = new Uint32Array(users)
  let end = 0
  let headsLeft = max
  for (let reader = 0; reader < users; reader++) {
    const first = end
    const wanted = Math.min(Math.round(-Math.log(1 - random()) * mean), Math.ceil(degreeMax * mean), users - 1)
    if (end + wanted + 1 > members.length) {
      const larger = new Uint32Array(Math.ceil(members.length * 1.1) + wanted)
      larger.set(members)
      members = larger
    }
    stamps[reader] = reader + 1
    stamps[head] = reader + 1
    // Selection sampling (Knuth, Algorithm S): exactly `max` readers, each set of them as likely as any other.
    const readersLeft = users - reader - (head > reader ? 1 : 0)
    if (reader !== head && random() * readersLeft < headsLeft) {
      members[end++] = head
      headsLeft--
    }
    for (let drawn = 0; end - first < wanted && drawn < wanted + drawsMax; drawn++) {
      // The inverse of the cumulated popularity; rank 0 is the head's alone.
      const rank = 1 + Math.floor(shift * Math.expm1(random() * logOfRanks))
      const followee = byRank[rank < users ? rank : users - 1]!
      if (stamps[followee] === reader + 1 || followers[followee]! >= max - 1) continue
      stamps[followee] = reader + 1
      followers[followee]!++
      members[end++] = followee
    }
    members.subarray(first, end).sort()
    offsets[reader + 1] = end
    if ((reader & 0x3fff) === 0) progress(reader)
  }
  return { offsets, members: members.subarray(0, end) }
}

/** The shift for which the most popular of the others gets `wanted` of `edges` followers, found by bisection. */
function shiftFor(users: number, edges: number, wanted: number): number {
  let low = 1e-3
  let high = 1e9
  while (high / low > 1.01) {
    const shift = Math.sqrt(low * high)
    const top = edges / (shift * Math.log1p(users / shift))
    if (top > wanted) low = shift
    else high = shift
  }
  return high
}

function shuffled(users: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: users }, (_, i) => i)
  for (let i = users - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = order[i]!
    order[i] = order[j]!
    order[j] = swapped
  }
  return order
}

/** Uniform in [0, 1): sfc32 (Doty-Humphrey, PractRand), 128 bits of state, the same everywhere for the same seed. */
export function randomNumbers(seed: number): () => number {
  let a = seed >>> 0
  let b = Math.floor(seed / 4294967296) >>> 0
  let c = 0x9e3779b9
  let counter = 1
  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 4294967296
  }
  for (let i = 0; i < 16; i++) next()
  return next
}
