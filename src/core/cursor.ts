import { type Id, idMax, timeOf, type UserId } from './ids.ts'
import { Refusal } from './refusal.ts'

/**
 * Where a reader stands (DESIGN.md, "The hard part"). On the wire it is an opaque string: base-36 numbers joined by dots,
 * closed by a checksum keyed with the installation's secret, so that a damaged cursor is told from an expired one.
 */
export interface Cursor {
  readonly reader: UserId
  /** The inbox the position belongs to; another epoch there means: go by the watermark. */
  readonly epoch: number
  /** The last append of the inbox that was given. */
  readonly position: number
  readonly hotEpoch: number
  /** The last append of the hot log that was given (or was not for this reader). */
  readonly hotPosition: number
  /** W: nothing this reader should see lies below this id and after the positions. */
  readonly watermark: Id
  /** The stamp of the last deletion that was told. */
  readonly deletions: Id
  /** While catching up by id: the last id given … */
  readonly upTo?: Id
  /** … and the newest id of the moment the positions were taken; once `upTo` passes it, the positions count. */
  readonly until?: Id
  /** … and the watermark read before them, which counts once the positions do. */
  readonly nextWatermark?: Id
}

export const cursorAgeMaxMs = 8 * 24 * 3600_000

/** Names the installation and keys the checksum; both are made once with the installation's data. */
export interface CursorKey {
  /** 32 bits, in every cursor: another installation's is expired, not malformed. */
  readonly installation: number
  /** 32 bits, secret. */
  readonly secret: number
}

/** Mixes a number of up to 53 bits into a running 32-bit hash (the finaliser steps are MurmurHash3's). */
function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ (value >>> 0) ^ Math.imul((value / 4294967296) >>> 0, 0x9e3779b1), 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function checksum(key: CursorKey, c: Cursor): number {
  let h = mix(key.secret, c.reader)
  h = mix(h, c.epoch)
  h = mix(h, c.position)
  h = mix(h, c.hotEpoch)
  h = mix(h, c.hotPosition)
  h = mix(h, c.watermark)
  h = mix(h, c.deletions)
  h = mix(h, c.upTo ?? 0)
  h = mix(h, c.until ?? 0)
  h = mix(h, c.nextWatermark ?? 0)
  return h >>> 0
}

const nameCheckSpan = 2 ** 20

/** The installation's name with a check of its own, which every installation can verify: damage there is no other name. */
function installationName(installation: number): string {
  const check = mix(0, installation) & (nameCheckSpan - 1)
  return (installation * nameCheckSpan + check).toString(36)
}

/** The wire form: at most 140 characters of `[0-9a-z.]`. */
export function encodeCursor(key: CursorKey, c: Cursor): string {
  const fixed = `${installationName(key.installation)}.${c.reader.toString(36)}.${c.epoch.toString(36)}.${c.position.toString(36)}.${c.hotEpoch.toString(36)}.${c.hotPosition.toString(36)}.${c.watermark.toString(36)}.${c.deletions.toString(36)}`
  const catchingUp =
    c.upTo === undefined
      ? ''
      : `.${c.upTo.toString(36)}.${(c.until ?? 0).toString(36)}.${(c.nextWatermark ?? 0).toString(36)}`
  return `${fixed}${catchingUp}.${checksum(key, c).toString(36)}`
}

/** The part of a cursor's wire form that one reader keeps as long as the inbox lives. With `joinCursor`, for live sockets. */
export function cursorHead(key: CursorKey, reader: UserId, epoch: number): string {
  return `${installationName(key.installation)}.${reader.toString(36)}.${epoch.toString(36)}.`
}

/** The part that changes seldom, and is the same for many readers. */
export function cursorTail(c: Pick<Cursor, 'hotEpoch' | 'hotPosition' | 'watermark' | 'deletions'>): string {
  return `.${c.hotEpoch.toString(36)}.${c.hotPosition.toString(36)}.${c.watermark.toString(36)}.${c.deletions.toString(36)}.`
}

/** What `encodeCursor` gives, out of its parts kept from before: a quarter of the work. Not while catching up by id. */
export function joinCursor(key: CursorKey, head: string, tail: string, c: Cursor): string {
  return head + c.position.toString(36) + tail + checksum(key, c).toString(36)
}

/**
 * Reads a cursor that `reader` gave.
 * @throws Refusal `invalid` (field `since`) when malformed; `cursor_expired` when of another installation or reader, or
 * older than `cursorAgeMaxMs`.
 */
export function decodeCursor(key: CursorKey, text: string, reader: UserId, nowMs: number): Cursor {
  const malformed = () =>
    new Refusal('invalid', 'This is not a cursor: give back the `cursor` of an earlier answer as it came.', {
      field: 'since',
    })
  if (text.length > 200) throw malformed()
  const parts = text.split('.')
  if (parts.length !== 9 && parts.length !== 12) throw malformed()
  const n: number[] = []
  for (const part of parts) {
    if (!/^(0|[1-9a-z][0-9a-z]{0,10})$/.test(part)) throw malformed()
    const value = Number.parseInt(part, 36)
    if (value > idMax) throw malformed()
    n.push(value)
  }
  const expired = (why: string) => new Refusal('cursor_expired', `${why} Fetch without \`since\` and go on from there.`)
  const installation = Math.floor(n[0]! / nameCheckSpan)
  if (parts[0] !== installationName(installation)) throw malformed()
  if (installation !== key.installation) throw expired('The cursor is of another installation.')
  const cursor: Cursor = {
    reader: n[1]!,
    epoch: n[2]!,
    position: n[3]!,
    hotEpoch: n[4]!,
    hotPosition: n[5]!,
    watermark: n[6]!,
    deletions: n[7]!,
    ...(parts.length === 12 ? { upTo: n[8]!, until: n[9]!, nextWatermark: n[10]! } : {}),
  }
  if (n[n.length - 1] !== checksum(key, cursor)) throw malformed()
  if (cursor.reader !== reader) throw expired('The cursor is of another reader.')
  if (nowMs - timeOf(cursor.watermark) > cursorAgeMaxMs) throw expired('The cursor is too old.')
  return cursor
}
