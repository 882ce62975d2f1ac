import type { Id, UserId } from '../../../core/ids.ts'
import { readerShards } from '../reader-shards.ts'

/** How the key names of one shard begin. The braces are Redis Cluster's hash tag: a shard lies on one node, whole. */
export interface ShardKeys {
  readonly inboxes: string
  readonly presences: string
  /** The whole key: since when presences are kept without a gap. */
  readonly presenceSince: string
  readonly bodies: string
  readonly rates: string
}

/**
 * The key names of an installation, by shard. Processes of two versions may work side by side, and a delivery is made into
 * whatever stands there: a value that lies otherwise than before needs another name.
 */
export function keysOf(keyspace: string): readonly ShardKeys[] {
  return Array.from({ length: readerShards }, (_, shard) => ({
    inboxes: `${keyspace}:t:{${shard}}:`,
    presences: `${keyspace}:p:{${shard}}:`,
    presenceSince: `${keyspace}:b:{${shard}}`,
    bodies: `${keyspace}:m:{${shard}}:`,
    rates: `${keyspace}:r:{${shard}}:`,
  }))
}

/** The pattern of all inboxes, and the shard and the 16 digits of one of their keys. */
export const inboxPattern = (keyspace: string): string => `${keyspace}:t:*`
export const inboxKey = /:t:\{(\d+)\}:(\d{16})$/

const digitsOf = 10_000
/** The four digits of each number below 10,000, as they lie in memory. */
const fourDigits = new Uint32Array(digitsOf)
const bytesOfFour = new Uint8Array(fourDigits.buffer)
for (let n = 0; n < digitsOf; n++) {
  for (let i = 3, rest = n; i >= 0; i--, rest = Math.floor(rest / 10)) bytesOfFour[n * 4 + i] = 48 + (rest % 10)
}

/** An id's part of a key name: 16 digits, so that many stand side by side without separators. */
export const idText = (id: Id): string => String(id).padStart(16, '0')
export const readerText: (reader: UserId) => string = idText

/** The texts of many readers, one after the other, growing as needed. */
export class ReaderTexts {
  readonly readers: UserId[] = []
  #words = new Uint32Array(64 * 4)

  get length(): number {
    return this.readers.length
  }

  add(reader: UserId): void {
    let at = this.readers.push(reader) * 4
    if (at > this.#words.length) {
      const larger = new Uint32Array(this.#words.length * 2)
      larger.set(this.#words)
      this.#words = larger
    }
    // A number-to-string conversion takes ten times as long.
    let high = Math.floor(reader / 1e8)
    let low = reader - high * 1e8
    const lowHigh = (low / digitsOf) | 0
    const highHigh = (high / digitsOf) | 0
    low -= lowHigh * digitsOf
    high -= highHigh * digitsOf
    this.#words[--at] = fourDigits[low]!
    this.#words[--at] = fourDigits[lowHigh]!
    this.#words[--at] = fourDigits[high]!
    this.#words[--at] = fourDigits[highHigh]!
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#words.buffer, 0, this.readers.length * 16)
  }
}

/** Numbers as Redis stores them: 8 bytes each, lowest byte first. */
export function doubles(...numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(numbers).buffer)
}
