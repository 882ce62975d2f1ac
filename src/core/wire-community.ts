import { type Static, Type } from 'typebox'
import { ruled } from './check.ts'
import { reasonLengthMax } from './limits.ts'
import { noteFault, reasonFault } from './text.ts'
import { Author, idText, ListQuery, Message, time } from './wire.ts'

/** API.md, "Moderation", as core/wire.ts has the rest. */

const reason = ruled(reasonFault, `a string of 1 to ${reasonLengthMax} characters that says why`)
const state = Type.Union([Type.Literal('open'), Type.Literal('resolved'), Type.Literal('dismissed')], {
  description: '`open`, `resolved` or `dismissed`',
})

// --- objects ---

export const Report = Type.Object({
  id: idText,
  state,
  reason: Type.String(),
  reporter: Author,
  /** Whom it is about: the author, where it is about a message. */
  user: Author,
  messageID: Type.Optional(idText),
  /** As it is now; absent once it is deleted. */
  message: Type.Optional(Message),
  /** What it said when it was reported, also once it is deleted; for moderators. */
  text: Type.Optional(Type.String()),
  note: Type.Optional(Type.String()),
  /** Who set the state last, and when. */
  moderator: Type.Optional(Author),
  changedAt: Type.Optional(time),
  createdAt: time,
})
export type Report = Static<typeof Report>

export const Suspension = Type.Object({
  user: Author,
  reason: Type.String(),
  since: time,
  /** Absent where it was done from the shell of the machine itself. */
  moderator: Type.Optional(Author),
})
export type Suspension = Static<typeof Suspension>

export const Invite = Type.Object({ code: Type.String(), expiresAt: time })
export type Invite = Static<typeof Invite>

// --- requests ---

/** Of `user` and `message` at least one. */
export const ReportWish = Type.Object(
  { user: Type.Optional(idText), message: Type.Optional(idText), reason },
  { examples: [{ message: '281474976710656', reason: 'Spam, again and again' }] },
)
export type ReportWish = Static<typeof ReportWish>

export const ReportDecision = Type.Object(
  {
    state,
    note: Type.Optional(ruled(noteFault, `a string of at most ${reasonLengthMax} characters`)),
  },
  { examples: [{ state: 'resolved', note: 'Deleted, and told them why' }] },
)
export type ReportDecision = Static<typeof ReportDecision>

export const ReportsQuery = Type.Object({ state: Type.Optional(state), ...ListQuery.properties })
export type ReportsQuery = Static<typeof ReportsQuery>

export const SuspensionWish = Type.Object({ reason }, { examples: [{ reason: 'Spam, again and again' }] })
export type SuspensionWish = Static<typeof SuspensionWish>

// --- answers ---

export const ReportList = Type.Object({ reports: Type.Array(Report), next: Type.Optional(Type.String()) })
