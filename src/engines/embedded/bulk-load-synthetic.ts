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

/** No user follows more than this many times the mean. */
const degreeMax = 8
/** Candidates looked at one after the other when draws find nobody new: the graph is nearly complete there. */
const searchedMax = 4_096

/**
 * Whom each user follows; the same for the same wish. Users are numbered by popularity, the head is 0. Followees per user
 * are distributed exponentially (most follow few, some many), or evenly where the graph is too dense for that. Popularity
 * falls with rank as 1 / (rank + c), Zipf's law with Mandelbrot's shift, c such that the second author has about a
 * quarter of `max`.
 */
export function syntheticFollowees(
  { users, mean, max, seed }: SyntheticGraph,
  progress: (done: number) => void,
): Adjacency {
  const random = randomNumbers(seed)
  const degree = degrees(users, mean, random())
  const shift = shiftFor(users, mean * users - max, max / 4)
  const logOfRanks = Math.log1p((users - 1) / shift)

  const offsets = new Uint32Array(users + 1)
  let members = new Uint32Array(Math.ceil(users * mean * 1.02) + 1_024)
  const followers = new Uint32Array(users)
  /** Who followed a user last, as a number and one. */
  const stamps = new Uint32Array(users)
  let end = 0
  let headsLeft = max
  for (let reader = 0; reader < users; reader++) {
    const first = end
    const wanted = degree(reader)
    if (end + wanted + 1 > members.length) {
      const larger = new Uint32Array(Math.ceil(members.length * 1.1) + wanted)
      larger.set(members)
      members = larger
    }
    stamps[reader] = reader + 1
    // Selection sampling (Knuth, Algorithm S): exactly `max` readers, each set of them as likely as any other.
    if (reader > 0 && random() * (users - reader) < headsLeft) {
      members[end++] = 0
      headsLeft--
    }
    let searched = 0
    for (let draws = 4 * wanted + 64; end - first < wanted && searched < searchedMax; ) {
      // The inverse of the cumulated popularity; rank 0 is the head's alone.
      let followee = 1 + Math.floor(shift * Math.expm1(random() * logOfRanks))
      if (draws > 0) draws--
      else followee = 1 + ((reader + searched++) % (users - 1))
      if (followee >= users || stamps[followee] === reader + 1 || followers[followee]! >= max - 1) continue
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

/** The nodes of a made-up graph by number: 0 to users − 1, shuffled, so that a node says nothing about popularity. */
export function syntheticNodes({ users, seed }: SyntheticGraph): Float64Array {
  const random = randomNumbers(seed + 1)
  const nodes = Float64Array.from({ length: users }, (_, i) => i)
  for (let i = users - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = nodes[i]!
    nodes[i] = nodes[j]!
    nodes[j] = swapped
  }
  return nodes
}

/** How many a user follows: quantiles along a Weyl sequence, so that their mean is the one wished for, also of few. */
function degrees(users: number, mean: number, start: number): (user: number) => number {
  const quantile = (user: number) => (start + user * 0.6180339887498949) % 1
  if (degreeMax * mean <= users - 1) {
    return (user) => Math.min(Math.round(-Math.log(1 - quantile(user)) * mean), Math.ceil(degreeMax * mean))
  }
  const spread = Math.min(mean, users - 1 - mean)
  return (user) => Math.round(mean + (2 * quantile(user) - 1) * spread)
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
