/** The ring of bytes is taken in steps of this. */
const slabBytes = 2 ** 20

/**
 * Follower lists of authors whose list is one row, packed as they are stored: the fan-out of nearly every message then
 * needs no read of the database. A ring of bytes, bounded: what was put in first is overwritten first. An owner costs 10
 * bytes beside the list.
 */
export class RowCache {
  readonly #slabs: Uint8Array[] = []
  readonly #slabsMax: number
  /** Where an owner's row begins, counted from the ring's first byte ever written, and one; 0 when it is not held. */
  #places: Float64Array<ArrayBuffer>
  #lengths: Uint16Array<ArrayBuffer>
  #next = 0

  constructor(bytesMax: number, ownersExpected: number) {
    this.#slabsMax = Math.max(1, Math.floor(bytesMax / slabBytes))
    this.#places = new Float64Array(ownersExpected + 1_024)
    this.#lengths = new Uint16Array(ownersExpected + 1_024)
  }

  /** Whether the next row will overwrite another one. */
  get full(): boolean {
    return this.#next >= this.#slabsMax * slabBytes
  }

  /** The owner's row; empty when nobody is on the list, undefined when it is not held. Valid until the next `set`. */
  get(owner: number): Uint8Array | undefined {
    const place = (this.#places[owner] ?? 0) - 1
    if (place < 0) return undefined
    const slab = Math.floor(place / slabBytes)
    if (slab <= Math.floor((this.#next - 1) / slabBytes) - this.#slabsMax) return undefined
    const at = place % slabBytes
    return this.#slabs[slab % this.#slabsMax]!.subarray(at, at + this.#lengths[owner]!)
  }

  set(owner: number, row: Uint8Array): void {
    if (row.length > 0xffff) return
    if (owner >= this.#places.length) this.#grow(owner)
    const rest = slabBytes - (this.#next % slabBytes)
    if (row.length > rest) this.#next += rest
    const slab = Math.floor(this.#next / slabBytes) % this.#slabsMax
    if (slab === this.#slabs.length) this.#slabs.push(new Uint8Array(slabBytes))
    this.#slabs[slab]!.set(row, this.#next % slabBytes)
    this.#places[owner] = this.#next + 1
    this.#lengths[owner] = row.length
    this.#next += row.length
  }

  delete(owner: number): void {
    if (owner < this.#places.length) this.#places[owner] = 0
  }

  #grow(owner: number): void {
    const length = Math.max(owner + 1, Math.ceil(this.#places.length * 1.5))
    const places = new Float64Array(length)
    const lengths = new Uint16Array(length)
    places.set(this.#places)
    lengths.set(this.#lengths)
    this.#places = places
    this.#lengths = lengths
  }
}
