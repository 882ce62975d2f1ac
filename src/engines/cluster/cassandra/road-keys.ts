import { type Id, timeOf, type UserId } from '../../../core/ids.ts'

/**
 * Partitions in which the outbox rows of one minute stand, so that a minute's writes go to many nodes. Never changed: an
 * id's place is computed from it alone.
 */
export const outboxShards = 8
/** Every shard of a minute. */
export const everyShard: readonly number[] = Array.from({ length: outboxShards }, (_, shard) => shard)

const minuteMs = 60_000
const minutesPerDay = 1_440

export const minuteAt = (ms: number): number => Math.floor(ms / minuteMs)
export const minuteOf = (id: Id): number => minuteAt(timeOf(id))
export const dayOf = (minute: number): number => Math.floor(minute / minutesPerDay)
export const outboxShardOf = (id: Id): number => timeOf(id) % outboxShards

/** The partition of an outbox row. */
export const outboxPlace = (id: Id): [minute: number, shard: number] => [minuteOf(id), outboxShardOf(id)]

/** The month of a moment, counted from the year 0: one partition of an author's index. */
export function monthAt(ms: number): number {
  const date = new Date(ms)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}
export const monthOf = (id: Id): number => monthAt(timeOf(id))

/**
 * The write time (µs) of everything written for a message: its id's own moment. So storing again changes nothing, and what
 * was removed with a later one stays away, whatever arrives when.
 */
export const writtenFor = (id: Id): number => timeOf(id) * 1_000

/** Mixes all 53 bits of an id; the finaliser steps are MurmurHash3's. */
export function hashOf(user: UserId): number {
  let h = (user >>> 0) ^ Math.imul((user / 4294967296) >>> 0, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
