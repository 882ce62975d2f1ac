/** Ids in one chunk: 512 bytes, so that a small inbox costs little and a full one is 8 of them. */
export const chunkIds = 64
/** Chunks are allocated 4 MB at a time, and touched then: the first write to a page of memory costs ten ordinary ones. */
export const chunkSlabBits = 13
export const chunkSlabMask = (1 << chunkSlabBits) - 1
const chunkBits = 6
const slabIds = 1 << (chunkSlabBits + chunkBits)
const slabBytes = slabIds * 8

/** A pool of chunks of `chunkIds` message ids, numbered from 1, bounded in bytes; 0 is no chunk. */
export class ChunkPool {
  /** Chunk `c` begins at `(c & chunkSlabMask) * chunkIds` of `slabs[c >>> chunkSlabBits]`. */
  readonly slabs: Float64Array[] = []
  readonly #slabsMax: number
  #free = new Uint32Array(1 << chunkSlabBits)
  #freeCount = 0

  /** One slab at least, whatever `bytesMax` says. */
  constructor(bytesMax: number) {
    this.#slabsMax = Math.max(1, Math.floor(bytesMax / slabBytes))
  }

  /** Bytes allocated. */
  get bytes(): number {
    return this.slabs.length * slabBytes
  }

  /** Chunks in use. */
  get used(): number {
    return this.slabs.length === 0 ? 0 : (this.slabs.length << chunkSlabBits) - 1 - this.#freeCount
  }

  /** A chunk with any contents; 0 when the pool is exhausted. */
  take(): number {
    if (this.#freeCount === 0 && !this.#grow()) return 0
    return this.#free[--this.#freeCount]!
  }

  give(chunk: number): void {
    this.#free[this.#freeCount++] = chunk
  }

  #grow(): boolean {
    if (this.slabs.length >= this.#slabsMax) return false
    const first = this.slabs.length << chunkSlabBits
    this.slabs.push(new Float64Array(slabIds).fill(1))
    const all = first + (1 << chunkSlabBits)
    if (all > this.#free.length) {
      const free = new Uint32Array(all * 2)
      free.set(this.#free)
      this.#free = free
    }
    // Number 0 means none. The lowest are taken first, so that neighbours in time are neighbours in memory.
    for (let chunk = all - 1; chunk >= Math.max(1, first); chunk--) this.#free[this.#freeCount++] = chunk
    return true
  }
}
