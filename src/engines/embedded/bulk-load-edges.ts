/** Adjacency lists of all users, one after the other: member lists of owner `o` stand at `offsets[o] .. offsets[o + 1]`. */
export interface Adjacency {
  /** Owners are numbered from 0, and one more offset closes the last list. */
  readonly offsets: Uint32Array
  readonly members: Uint32Array
}

/** Pairs of one block while edges are read: 8 MB. */
const blockPairs = 1 << 20

/** Edges as they come, packed: two numbers an edge. */
export class EdgeList {
  readonly #blocks: Uint32Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(from: number, to: number): void {
    const at = this.#length & (blockPairs - 1)
    if (at === 0) this.#blocks.push(new Uint32Array(2 * blockPairs))
    const block = this.#blocks[this.#blocks.length - 1]!
    block[2 * at] = from
    block[2 * at + 1] = to
    this.#length++
  }

  /** The owners, those first who most often stand second. */
  byPopularity(owners: number): Uint32Array {
    const counts = new Uint32Array(owners)
    this.#each((_, to) => {
      counts[to]!++
    })
    return Uint32Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b)
  }

  /** The lists of who stands second: for each `to`, every `from` in the order they came; both as `numbers` has them. */
  byTarget(numbers: Uint32Array): Adjacency {
    const offsets = new Uint32Array(numbers.length + 1)
    this.#each((_, to) => {
      offsets[numbers[to]! + 1]!++
    })
    accumulate(offsets)
    const members = new Uint32Array(this.#length)
    const next = offsets.slice()
    this.#each((from, to) => {
      members[next[numbers[to]!]!++] = numbers[from]!
    })
    return { offsets, members }
  }

  #each(visit: (from: number, to: number) => void): void {
    let left = this.#length
    for (const block of this.#blocks) {
      const end = 2 * Math.min(left, blockPairs)
      for (let i = 0; i < end; i += 2) visit(block[i]!, block[i + 1]!)
      left -= blockPairs
    }
  }
}

/**
 * The same edges by their other end. The lists of the result are sorted, whatever the order in those given: a counting
 * sort, since owners are visited upward.
 */
export function transpose({ offsets, members }: Adjacency): Adjacency {
  const owners = offsets.length - 1
  const other = new Uint32Array(owners + 1)
  for (let i = 0; i < members.length; i++) other[members[i]! + 1]!++
  accumulate(other)
  const next = other.slice()
  const result = new Uint32Array(members.length)
  for (let owner = 0; owner < owners; owner++) {
    for (let i = offsets[owner]!, end = offsets[owner + 1]!; i < end; i++) result[next[members[i]!]!++] = owner
  }
  return { offsets: other, members: result }
}

/** Removes repeats from sorted lists, in place. */
export function withoutRepeats({ offsets, members }: Adjacency): Adjacency {
  let kept = 0
  let from = 0
  for (let owner = 0; owner + 1 < offsets.length; owner++) {
    const end = offsets[owner + 1]!
    const first = kept
    for (let i = from; i < end; i++) {
      if (kept === first || members[kept - 1] !== members[i]) members[kept++] = members[i]!
    }
    from = end
    offsets[owner + 1] = kept
  }
  return { offsets, members: members.subarray(0, kept) }
}

/** Counts, each one place on, become offsets. */
function accumulate(offsets: Uint32Array): void {
  for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!
}
