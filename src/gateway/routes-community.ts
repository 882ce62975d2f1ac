import { idMax, parseId } from '../core/ids.ts'
import { pageLengthDefault, smallBodyBytesMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import {
  Invite,
  Report,
  ReportDecision,
  ReportList,
  ReportsQuery,
  ReportWish,
  Suspension,
  SuspensionWish,
} from '../core/wire-community.ts'
import type { Invites } from '../services/invites.ts'
import type { Reports } from '../services/reports.ts'
import type { Suspensions } from '../services/suspensions.ts'
import { idempotencyKey } from './idempotency-key.ts'
import { type Row, row } from './table.ts'

/** API.md, "Moderation". */
export function communityRows({
  reports,
  suspensions,
  invites,
}: {
  reports: Reports
  suspensions: Suspensions
  invites: Pick<Invites, 'invite'>
}): Row[] {
  return [
    row({
      method: 'POST',
      path: '/reports',
      does: 'Reports a user or a message to the moderators',
      more: 'Give `user`, `message` or both, and why.',
      limit: 'reports',
      body: { schema: ReportWish, bytesMax: smallBodyBytesMax, checked: 'by handler' },
      keyed: true,
      answers: { 201: Report },
      refuses: ['no_such_user', 'no_such_message'],
      handle: async ({ request, reader, body }) => ({
        status: 201,
        json: await reports.report(reader, body, idempotencyKey(request.headers)),
      }),
    }),
    row({
      method: 'GET',
      path: '/reports',
      does: 'Lists reports, for moderators',
      more: 'Newest first, of one state or all of them.',
      query: ReportsQuery,
      answers: { 200: ReportList },
      refuses: ['forbidden'],
      handle: async ({ reader, query: { state, before, length = pageLengthDefault } }) => ({
        status: 200,
        json: await reports.list(reader, state, reportBefore(before), length),
      }),
    }),
    row({
      method: 'PUT',
      path: '/reports/:id',
      does: 'Decides a report, for moderators',
      more: 'Any of the three states may be set again. Without a note the former one stays.',
      body: { schema: ReportDecision, bytesMax: smallBodyBytesMax },
      answers: { 200: Report },
      refuses: ['forbidden', 'no_such_report'],
      handle: async ({ reader, id, body }) => ({ status: 200, json: await reports.decide(reader, id, body) }),
    }),
    row({
      method: 'PUT',
      path: '/users/:id/suspension',
      does: 'Suspends a user, for moderators',
      more: 'They and all they wrote are hidden from everybody, and their tokens are dead, until they are restored. Moderators and admins are the admins’ to suspend.',
      body: { schema: SuspensionWish, bytesMax: smallBodyBytesMax },
      answers: { 200: Suspension },
      refuses: ['forbidden', 'no_such_user'],
      handle: async ({ reader, id, body }) => ({
        status: 200,
        json: await suspensions.suspend(reader, id, body.reason),
      }),
    }),
    row({
      method: 'DELETE',
      path: '/users/:id/suspension',
      does: 'Restores a suspended user, for moderators',
      answers: { 204: 'nothing' },
      refuses: ['forbidden', 'no_such_user'],
      async handle({ reader, id }) {
        await suspensions.restore(reader, id)
        return { status: 204 }
      },
    }),
    row({
      method: 'POST',
      path: '/invites',
      does: 'Makes an invitation, for moderators',
      more: 'Good for one account, which `POST /users` makes with it.',
      keyed: true,
      answers: { 201: Invite },
      refuses: ['forbidden'],
      handle: async ({ request, reader }) => ({
        status: 201,
        json: await invites.invite(reader, idempotencyKey(request.headers)),
      }),
    }),
  ]
}

function reportBefore(before: string | undefined): number {
  const id = before === undefined ? idMax : parseId(before)
  if (id !== undefined) return id
  throw new Refusal('invalid', '`before` must be the `next` of an earlier page, or the id of a report.', {
    field: 'before',
  })
}
