import { cursorAgeMaxMs } from '../../core/cursor.ts'
import { idAt } from '../../core/ids.ts'
import { deletionsAgeMs, idempotencyAgeMs, inviteKeptMs } from '../../core/limits.ts'
import type { CopyRows, Kind } from '../../ports/copy.ts'
import type { Job } from '../../ports/messages.ts'

interface Form<Row> {
  /** The row as it is true at `now` (Unix ms); undefined when its time has passed, whether or not an engine still has it. */
  readonly at: (row: Row, now: number) => Row | undefined
  /** What of it is compared, in this order. Never changed for one kind only: two versions may look at one copy. */
  readonly cells: (row: Row) => readonly unknown[]
}

const always = <Row>(row: Row): Row => row
const jobCells = ({ id, author, mode, prev, crossed }: Job) => [id, author, mode, prev, crossed]

/** What a row of each kind means, apart from how long an engine keeps it and what it keeps beside it. */
const forms: { readonly [K in Kind]: Form<CopyRows[K]> } = {
  installation: {
    at: always,
    cells: (row) => [
      row.installation,
      row.secret,
      row.hotEpoch,
      row.hotHead,
      row.hotForgotten,
      row.watermark,
      row.pushKey,
    ],
  },
  users: {
    at: always,
    cells: (user) => [
      user.id,
      user.handle,
      user.name,
      user.bio,
      user.role,
      user.passwordHash ?? null,
      user.avatar ?? null,
    ],
  },
  tokens: { at: always, cells: ({ digest, user, createdAt }) => [digest, user, createdAt] },
  withdrawn: { at: always, cells: ({ user, why, at }) => [user, why, at] },
  subs: { at: always, cells: ({ sub, user, name, namedAt }) => [sub, user, name, namedAt] },
  edges: {
    at: (edge, now) => (edge.since >= idAt(now - cursorAgeMaxMs) ? edge : { ...edge, since: 0 }),
    cells: ({ follower, followee, notify, since }) => [follower, followee, notify, since],
  },
  hides: { at: always, cells: ({ user, other, blocked }) => [user, other, blocked] },
  messages: { at: always, cells: ({ id, author, body }) => [id, author, body] },
  outboxes: { at: always, cells: ({ author, id, mode, prev }) => [author, id, mode, prev] },
  jobs: { at: always, cells: (job) => [...jobCells(job), job.done] },
  dead: { at: always, cells: ({ id, why }) => [id, why] },
  likes: { at: always, cells: ({ user, message }) => [user, message] },
  keys: {
    at: (row, now) => (row.claimedAt >= now - idempotencyAgeMs ? row : undefined),
    cells: ({ user, key, claimedAt, job, done }) => [user, key, claimedAt, ...jobCells(job), done],
  },
  hot: { at: always, cells: ({ position, id, author, crossed }) => [position, id, author, crossed] },
  deletions: {
    at: (row, now) => (row.stamp >= idAt(now - deletionsAgeMs) ? row : undefined),
    cells: ({ stamp, id, author }) => [stamp, id, author],
  },
  reports: {
    at: always,
    cells: (row) => [
      row.id,
      row.reporter,
      row.user,
      row.message ?? null,
      row.reason,
      row.state,
      row.note,
      row.moderator,
      row.changedAt,
    ],
  },
  invites: {
    at: (row, now) => (row.expiresAt >= now - inviteKeptMs ? row : undefined),
    cells: ({ id, secret, by, expiresAt, usedBy, usedAt }) => [id, secret, by, expiresAt, usedBy, usedAt],
  },
  audit: {
    at: always,
    cells: ({ id, actor, act, user, subject, note }) => [id, actor, act, user, subject, note],
  },
  notifications: {
    at: always,
    cells: ({ reader, type, subject, id, user, at }) => [reader, type, subject, id, user, at],
  },
  reads: { at: always, cells: ({ reader, upTo }) => [reader, upTo] },
  media: {
    at: always,
    cells: ({ id, owner, type, contentType, name, bytes, previewBytes, ...more }) => [
      ...[id, owner, type, contentType, name ?? null, bytes, previewBytes],
      ...[more.width ?? null, more.height ?? null, more.duration ?? null, more.blurhash ?? null],
      ...[more.description ?? null, more.createdAt, more.use],
    ],
  },
  pushes: {
    at: always,
    cells: ({ user, token, signed, endpoint, p256dh, auth, types, at }) => [
      user,
      token,
      signed,
      endpoint,
      p256dh,
      auth,
      types,
      at,
    ],
  },
}

/** The rows that are true at `now`, as they are then. */
export function trueRows<K extends Kind>(kind: K, rows: readonly CopyRows[K][], now: number): CopyRows[K][] {
  const { at } = forms[kind]
  return rows.map((row) => at(row, now)).filter((row) => row !== undefined)
}

/** 64 bits of what the row says. A sum of them tells two sets of rows apart, in whatever order each was read. */
export function rowHash<K extends Kind>(kind: K, row: CopyRows[K]): bigint {
  return Bun.hash.wyhash(JSON.stringify(forms[kind].cells(row)))
}
