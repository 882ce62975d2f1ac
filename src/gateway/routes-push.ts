import { smallBodyBytesMax } from '../core/limits.ts'
import { PushKey, PushState, PushWish } from '../core/wire-push.ts'
import type { PushSubscriptions } from '../services/push-subscriptions.ts'
import { type Row, row } from './table.ts'

/** Web Push: which browsers are told of what while their user has no open socket. */
export function pushRows({ pushSubscriptions }: { pushSubscriptions: PushSubscriptions }): Row[] {
  return [
    row({
      method: 'GET',
      path: '/push/key',
      does: 'Reads the key that browsers subscribe to Web Push with',
      more: 'The `applicationServerKey` of `PushManager.subscribe`; it outlives restarts.',
      access: 'open',
      answers: { 200: PushKey },
      refuses: [],
      handle: async () => ({ status: 200, json: { key: pushSubscriptions.key } }),
    }),
    row({
      method: 'PUT',
      path: '/push',
      does: 'Has this browser told of notifications by Web Push',
      more: 'While one has no open socket. It belongs to the token: another one takes its place, `DELETE /push` and logging out end it. Without `events`, of all types. Of one user’s the newest 20 stay.',
      body: { schema: PushWish, bytesMax: smallBodyBytesMax },
      answers: { 200: PushState },
      refuses: [],
      handle: async ({ reader, session, body }) => ({
        status: 200,
        json: await pushSubscriptions.put(reader, session!.token, body),
      }),
    }),
    row({
      method: 'DELETE',
      path: '/push',
      does: 'Ends Web Push for this token',
      answers: { 204: 'nothing' },
      refuses: [],
      async handle({ reader, session }) {
        await pushSubscriptions.remove(reader, session!.token)
        return { status: 204 }
      },
    }),
  ]
}
