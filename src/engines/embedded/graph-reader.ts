import type { Database } from 'bun:sqlite'
import { fanoutPageReaders } from '../../core/limits.ts'
import { placeOf, rowFirst, rowKey, rowMembersMax, unpackMembers } from './graph-pages.ts'
import type { RowCache } from './graph-rows.ts'

type Row = [key: number, members: Uint8Array]

const nothing = new Uint8Array(0)

/** Reads the rows of one direction, in order of the members' numbers. */
export class PageReader {
  readonly #every
  readonly #find
  readonly #two
  readonly #cache: RowCache | undefined
  /** What was read last. */
  #members = new Uint32Array(2 * rowMembersMax)

  /** `cache`: where lists of a single row are held, once read for fan-out. */
  constructor(db: Database, table: 'follower_pages' | 'following_pages', cache?: RowCache) {
    this.#every = db.query(`SELECT key, members FROM ${table} WHERE key >= ? AND key < ? ORDER BY key`)
    this.#find = db.query(`SELECT key, members FROM ${table} WHERE key <= ? AND key >= ? ORDER BY key DESC LIMIT 1`)
    this.#two = db.query(`SELECT key, members FROM ${table} WHERE key >= ? AND key < ? ORDER BY key LIMIT 2`)
    this.#cache = cache
  }

  has(owner: number, member: number): boolean {
    const [row] = this.#find.values(rowKey(owner, member), rowKey(owner, 0)) as Row[]
    if (row === undefined) return false
    const end = this.#unpack(row, 0)
    const place = placeOf(this.#members, 0, end, member)
    return place < end && this.#members[place] === member
  }

  /** Valid until the next call. */
  all(owner: number): Uint32Array {
    let end = 0
    for (const row of this.#every.values(rowKey(owner, 0), rowKey(owner + 1, 0)) as Row[]) end = this.#unpack(row, end)
    return this.#members.subarray(0, end)
  }

  /** At most `limit` members above `last`. Valid until the next call. */
  after(owner: number, last: number, limit: number): Uint32Array {
    const { end } = this.#after(owner, last, 0, (length) => length < limit)
    return this.#members.subarray(0, Math.min(end, limit))
  }

  /** One page for fan-out: a stored row, or several small ones; the owner first on the first. */
  fanout(owner: number, page: string | undefined): { readers: Uint32Array; next: string | undefined } {
    const first = page === undefined
    this.#members[0] = owner
    const single = first ? this.#single(owner) : undefined
    if (single !== undefined) {
      return { readers: this.#members.slice(0, this.#unpack([rowKey(owner, 0), single], 1)), next: undefined }
    }
    const wanted = (length: number, next: number) => length < fanoutPageReaders && next <= rowMembersMax
    const { end, more } = this.#after(owner, first ? 0 : Number(page), first ? 1 : 0, wanted)
    return { readers: this.#members.slice(0, end), next: more ? String(this.#members[end - 1]) : undefined }
  }

  /** The owner's only row, from the cache where it is held; undefined when there are several. */
  #single(owner: number): Uint8Array | undefined {
    const held = this.#cache?.get(owner)
    if (held !== undefined) return held
    const [row, another] = this.#two.values(rowKey(owner, 0), rowKey(owner + 1, 0)) as Row[]
    if (another !== undefined || (row !== undefined && rowFirst(row[0]) !== 0)) return undefined
    const members = row?.[1] ?? nothing
    this.#cache?.set(owner, members)
    return members
  }

  /**
   * Reads members above `last` from place `at` on, row by row while `wanted` says so; gives where they end and whether
   * there are more.
   */
  #after(
    owner: number,
    last: number,
    at: number,
    wanted: (length: number, next: number) => boolean,
  ): { end: number; more: boolean } {
    const limit = rowKey(owner + 1, 0)
    let from = rowKey(owner, 0)
    if (last > 0) from = (this.#find.values(rowKey(owner, last), from) as Row[])[0]?.[0] ?? from
    let end = at
    for (let first = true; ; first = false) {
      const [row, following] = this.#two.values(from, limit) as Row[]
      if (row === undefined) return { end, more: false }
      let rowEnd = this.#unpack(row, end)
      if (first && last > 0) {
        const skip = placeOf(this.#members, end, rowEnd, last + 1) - end
        this.#members.copyWithin(end, end + skip, rowEnd)
        rowEnd -= skip
      }
      if (end > at && !wanted(end - at, rowEnd - at)) return { end, more: true }
      end = rowEnd
      if (following === undefined) return { end, more: false }
      from = following[0]
    }
  }

  /** Writes the row's members from place `at` on; gives where they end. */
  #unpack([key, bytes]: Row, at: number): number {
    if (at + bytes.length > this.#members.length) {
      const larger = new Uint32Array(2 * (at + bytes.length))
      larger.set(this.#members)
      this.#members = larger
    }
    return unpackMembers(bytes, key, this.#members, at)
  }
}
