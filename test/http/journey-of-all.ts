import { expect } from 'bun:test'
import { png } from '../media/samples.ts'
import { browserKeys } from '../push/browser.ts'
import type { Asked, Got, TestServer } from './harness.ts'

/** What the journey walks on: `call` takes an operation of the document and holds the answer to it. */
export interface Journey {
  readonly server: TestServer
  /** `path` where the operation's own has a parameter in it, or a query is wanted. */
  call(operation: string, asked?: Asked & { path?: string }): Promise<Got>
}

/** Every call there is, once with success at least; a new one joins where it belongs. */
export async function journey({ server, call }: Journey): Promise<void> {
  const account = { handle: 'traveller', password: 'long enough' }
  const { token } = (await call('POST /users', { json: { ...account, name: 'Ada \u202E Lovelace' } })).body as {
    token: string
  }
  const { body: me } = await call('GET /users/me', { token })
  const ben = await server.person('companion')
  const own = { token }
  await call('POST /users', { json: account })
  await call('POST /sessions', { json: { ...account, password: 'a wrong one' } })
  await call('PATCH /users/me', { ...own, json: { bio: 'on the road' } })
  await call('GET /users/{id}', { ...own, path: `/users/${ben.id}` })
  await call('GET /users/@{handle}', { ...own, path: '/users/@companion' })
  await call('GET /users', { ...own, path: '/users?query=comp' })

  await call('PUT /users/{id}/follow', { token: ben.token, path: `/users/${me.id}/follow`, json: { notify: true } })
  await call('GET /users/{id}/followers', { ...own, path: `/users/${me.id}/followers` })
  await call('GET /users/{id}/following', { ...own, path: `/users/${ben.id}/following` })

  const form = new FormData()
  form.set('file', new Blob([png(40, 30)]), 'view.png')
  form.set('description', 'The view')
  const view = await call('POST /media', { ...own, raw: form as never })
  const { id: viewID } = view.body as { id: string }
  await call('GET /media/{medium}', { path: `/media/${viewID}` })
  await call('GET /media/{medium}', { path: `/media/${viewID}`, headers: { range: 'bytes=0-9' } })
  await call('GET /media/{medium}', { path: `/media/${viewID}`, headers: { range: 'bytes=99999-' } })
  await call('GET /media/{medium}/preview', { path: `/media/${viewID}/preview` })
  const sent = await call('POST /send', {
    ...own,
    json: { text: 'here', media: [viewID] },
    headers: { 'Idempotency-Key': 'one' },
  })
  const message = `/messages/${sent.body.id}`
  await server.settled()
  const page = await call('GET /fetch', { token: ben.token })
  expect(page.body.messages).toHaveLength(1)
  await call('GET /fetch', { token: ben.token, headers: { 'if-none-match': page.headers.get('etag')! } })
  await call('GET /users/{id}/messages', { ...own, path: `/users/${me.id}/messages` })
  await call('GET /messages/{id}', { ...own, path: message })
  await call('PUT /messages/{id}/like', { token: ben.token, path: `${message}/like` })
  await call('GET /messages/{id}/likes', { ...own, path: `${message}/likes` })
  await call('DELETE /messages/{id}/like', { token: ben.token, path: `${message}/like` })
  await call('POST /send', { token: ben.token, json: { text: 'where, @traveller?', replyTo: sent.body.id } })
  await call('GET /search', { ...own, path: '/search?query=where' })
  await call('GET /messages/{id}/replies', { ...own, path: `${message}/replies` })
  await call('POST /send', { token: ben.token, json: { boostOf: sent.body.id } })
  await call('POST /send', { token: ben.token, json: { boostOf: sent.body.id } })
  await call('DELETE /messages/{id}/boost', { token: ben.token, path: `${message}/boost` })
  await call('GET /notifications', own)
  await call('PUT /notifications/read', { ...own, json: { upTo: '1' } })
  await call('DELETE /messages/{id}', { token: ben.token, path: message })
  await call('DELETE /messages/{id}', { ...own, path: message })
  await call('GET /messages/{id}', { ...own, path: message })

  await call('DELETE /users/{id}/follow', { token: ben.token, path: `/users/${me.id}/follow` })
  for (const wish of ['mute', 'block']) {
    for (const method of ['PUT', 'DELETE']) {
      await call(`${method} /users/{id}/${wish}`, { ...own, path: `/users/${ben.id}/${wish}` })
    }
  }
  for (const list of ['mutes', 'blocks', 'suggestions']) await call(`GET /users/me/${list}`, own)

  await call('GET /push/key')
  const subscription = { endpoint: 'https://push.example.org/1', keys: browserKeys().keys, events: ['mention'] }
  await call('PUT /push', { ...own, json: subscription })
  await call('DELETE /push', own)

  const warden = await server.person('warden')
  await server.engine.users.update(Number(warden.id), { role: 'moderator' })
  const keeper = { token: warden.token }
  const report = await call('POST /reports', { ...own, json: { user: ben.id, reason: 'rude' } })
  await call('GET /reports', own)
  await call('GET /reports', { ...keeper, path: '/reports?state=open' })
  const decided = { path: `/reports/${report.body.id}`, json: { state: 'resolved', note: 'Told them.' } }
  await call('PUT /reports/{id}', { ...keeper, ...decided })
  const suspension = { ...keeper, path: `/users/${ben.id}/suspension` }
  await call('PUT /users/{id}/suspension', { ...suspension, json: { reason: 'rude' } })
  await call('POST /sessions', { json: { handle: 'companion', password: 'password of companion' } })
  await call('DELETE /users/{id}/suspension', suspension)
  await call('POST /invites', keeper)
  await call('GET /users/me/export', own)
  await server.engine.users.update(Number(warden.id), { role: 'admin' })
  await call('GET /admin/installation', own)
  await call('GET /admin/installation', keeper)
  await call('GET /admin/metrics', keeper)

  const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
  await call('GET /socket', { headers: { ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' } })
  for (const path of [
    '/',
    '/docs',
    '/docs/style.css',
    '/docs/script.js',
    '/openapi.json',
    '/asyncapi.json',
    '/healthz',
    '/readyz',
    '/metrics',
  ])
    await call(`GET ${path}`)
  const again = await call('POST /sessions', { json: account })
  const third = await call('POST /sessions', { json: account })
  const { sessions } = (await call('GET /sessions', { token: third.body.token as string })).body
  const [current] = (sessions as { id: string; current: boolean }[]).filter((session) => session.current)
  for (let i = 0; i < 2; i++) await call('DELETE /sessions/{id}', { ...own, path: `/sessions/${current!.id}` })
  await call('DELETE /sessions', { token: again.body.token as string })
  await call('DELETE /users/me', own)
}
