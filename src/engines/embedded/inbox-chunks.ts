import { preferHugePages } from './huge-pages.ts'

/** Ids in one chunk: 512 bytes, so that a small inbox costs little and a full one is 8 of them. */
export const chunkIds = 64
/** Chunks are taken into use 4 MB at a time, and touched then: the first write to a page of memory costs ten others. */
export const chunkSlabBits = 13
export const chunkSlabMask = (1 << chunkSlabBits) - 1
const chunkBits = 6
const slabIds = 1 << (chunkSlabBits + chunkBits)
const slabBytes = slabIds * 8
/** Slabs that lie side by side, so that huge pages fit; what no slab has touched is not yet real memory. */
const blockSlabs = 8

/** A pool of chunks of `chunkIds` message ids, numbered from 1, bounded in bytes; 0 is no chunk. */
export class ChunkPool {
  /** Chunk `c` begins at `(c & chunkSlabMask) * chunkIds` of `slabs[c >>> chunkSlabBits]`. */
  readonly slabs: Float64Array[] = []
  readonly #slabsMax: number
  #block = new Float64Array(0)
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

  /** Takes memory into use until there are `chunks` in all, as far as the bound allows. */
  reserve(chunks: number): void {
    while (this.slabs.length << chunkSlabBits <= chunks && this.#grow());
  }

  give(chunk: number): void {
    this.#free[this.#freeCount++] = chunk
  }

  #grow(): boolean {
    if (this.slabs.length >= this.#slabsMax) return false
    const first = this.slabs.length << chunkSlabBits
    const place = this.slabs.length % blockSlabs
    if (place === 0) {
      this.#block = new Float64Array(blockSlabs * slabIds)
      // The first block is as large as a small installation ever needs.
      if (this.slabs.length > 0) preferHugePages(this.#block)
    }
    this.slabs.push(this.#block.subarray(place * slabIds, (place + 1) * slabIds).fill(1))
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
