/**
 * How lists of followers and followees stand in rows. A row holds a run of one owner's members, sorted, each as the
 * distance to the one before in a varint (7 bits a byte, the lowest first, as in Protocol Buffers): 1.7 bytes a member on
 * average. Its key is the owner's number and `first`: members from there up to the next row's `first` belong into it. The
 * rows of an owner divide all numbers among them, so who comes or goes moves nobody else (a row of `first` 0 is made when
 * one comes who lies below all rows).
 */

/** User numbers in pages lie below this, so that owner and member make one integer below 2^53: 67 million users. */
export const memberNumbers = 2 ** 26

/** Members of one row as loaded: the unit of a fan-out page, so that one costs one read. */
export const rowMembers = 1_000
/** From here a row is split in halves. Leaves room above `rowMembers`, or each first follow after a load would split. */
export const rowMembersMax = 1_280

export function rowKey(owner: number, first: number): number {
  return owner * memberNumbers + first
}

/** The smallest member that belongs into the row. */
export function rowFirst(key: number): number {
  // Not `%`, which is slow for numbers beyond 32 bits.
  return key - Math.floor(key / memberNumbers) * memberNumbers
}

/** Writes `members[from .. to)`, sorted upward, to `bytes`; returns how many bytes it took. Five a member are enough. */
export function packMembers(members: Uint32Array, from: number, to: number, key: number, bytes: Uint8Array): number {
  let previous = rowFirst(key)
  let at = 0
  for (let i = from; i < to; i++) {
    const member = members[i]!
    let distance = member - previous
    previous = member
    while (distance > 127) {
      bytes[at++] = (distance & 127) | 128
      distance >>>= 7
    }
    bytes[at++] = distance
  }
  return at
}

/** Writes the members of a row to `members` from `at` on; returns where they end. A row has at most `bytes.length`. */
export function unpackMembers(bytes: Uint8Array, key: number, members: Uint32Array, at: number): number {
  let member = rowFirst(key)
  let end = at
  for (let i = 0; i < bytes.length; ) {
    let byte = bytes[i++]!
    let distance = byte & 127
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[i++]!
      distance |= (byte & 127) << shift
    }
    member += distance
    members[end++] = member
  }
  return end
}

/** How many members a row has: each ends with the one byte of its distance that is below 128. */
export function countMembers(bytes: Uint8Array): number {
  let count = 0
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! < 128) count++
  return count
}

/** The place of the first of `members[from .. to)`, sorted upward, that is `member` or larger. */
export function placeOf(members: Uint32Array, from: number, to: number, member: number): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    if (members[middle]! < member) low = middle + 1
    else high = middle
  }
  return low
}
