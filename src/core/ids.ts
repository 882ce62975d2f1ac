/**
 * Ids: 41 bits of milliseconds since 2025-01-01 UTC, 6 of node, 6 of sequence: below 2^53, so a JavaScript number holds
 * one exactly. Time-ordered; the layout is Twitter's Snowflake with smaller node and sequence fields.
 */
export type Id = number
export type UserId = number
export type MessageId = number

export const idEpochMs = Date.UTC(2025, 0, 1)
export const idMax = Number.MAX_SAFE_INTEGER
const perMillisecond = 4096
const sequencesPerNode = 64
export const nodesMax = 64

/** The smallest id of the millisecond `ms` (Unix time). Moments before 2025 give 0. */
export function idAt(ms: number): Id {
  return Math.max(0, Math.floor(ms) - idEpochMs) * perMillisecond
}

/** How far two ids lie apart whose moments lie `ms` apart. */
export function idSpan(ms: number): number {
  return ms * perMillisecond
}

/** The Unix time in milliseconds at which the id was taken. */
export function timeOf(id: Id): number {
  return Math.floor(id / perMillisecond) + idEpochMs
}

/** The number of the node that took the id. */
export function nodeOf(id: Id): number {
  return Math.floor(id / sequencesPerNode) % nodesMax
}

/** The id of one moment, node and sequence. */
export function makeId(ms: number, node: number, sequence: number): Id {
  return (ms - idEpochMs) * perMillisecond + node * sequencesPerNode + sequence
}

export const idSequenceMax = sequencesPerNode - 1

/** Reads an id from the wire: 1 to 16 decimal digits, no leading zero, from 1 to 2^53 − 1; else undefined. */
export function parseId(text: string): Id | undefined {
  if (!/^[1-9][0-9]{0,15}$/.test(text)) return undefined
  const id = Number(text)
  return id <= idMax ? id : undefined
}
