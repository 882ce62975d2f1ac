import { expect, test } from 'bun:test'
import type { Pair } from './same-pair.ts'
import type { Side } from './same-side.ts'

const json = (body: unknown) => ({ json: body })

/** API.md, "Moderation", and the shell that goes with it. */
export function community(pair: Pair): void {
  test('roles come from the shell, and are good at every gateway at once', async () => {
    await pair.people('writer', 'reader', 'guard', 'chief')
    await pair.same('guard', 'GET /reports')
    await pair.shell('user', 'role', 'guard', 'moderator')
    await pair.shell('user', 'role', 'chief', 'admin')
    for (let i = 0; i < 2; i++) {
      await pair.same('guard', 'GET /reports')
      await pair.same('guard', 'GET /users/me')
    }
  })

  test('reports: made once, listed by state, decided', async () => {
    await pair.same('writer', 'POST /send', { ...json({ text: 'spam' }), keep: { spam: 'id' } })
    for (const [key, report] of [
      ['one', { message: '{spam}', reason: 'line 1\r\nline 2' }],
      ['one', { nonsense: true }],
      ['two', { user: '{writerId}', reason: 'rude' }],
      ['three', { user: '{readerId}', message: '{spam}', reason: 'not theirs' }],
      ['three', { user: '{writerId}', message: '{spam}', reason: 'theirs' }],
    ] as const) {
      const headers = { 'idempotency-key': key }
      await pair.same('reader', 'POST /reports', {
        ...json(report),
        headers,
        keep: key === 'three' ? {} : { [key]: 'id' },
      })
    }
    await pair.same('guard', 'GET /reports?state=open')
    await pair.same('guard', 'PUT /reports/{two}', json({ state: 'dismissed', note: 'not so bad' }))
    await pair.same('chief', 'PUT /reports/{two}', json({ state: 'resolved' }))
    await pair.same('guard', 'DELETE /messages/{spam}')
    await pair.soonEverywhere('reader', 'GET /messages/{spam}', ({ status }) => status === 404)
    for (const query of ['', '?state=open', '?state=resolved', '?state=dismissed', '?length=1', '?before={two}']) {
      await pair.same('guard', `GET /reports${query}`)
      await pair.same('writer', `GET /reports${query}`)
    }
    await pair.same('guard', 'PUT /reports/12345', json({ state: 'open' }))
  })

  test('suspension: hidden at every gateway at once, and taken back', async () => {
    await pair.same('reader', 'PUT /users/{writerId}/follow')
    await pair.same('writer', 'POST /send', { ...json({ text: 'kept' }), keep: { kept: 'id' } })
    await pair.soonEverywhere('reader', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 1)
    for (const who of ['reader', 'writer', 'guard']) {
      await pair.same(who, 'PUT /users/{guardId}/suspension', json({ reason: 'no' }))
    }
    await pair.same('guard', 'PUT /users/{chiefId}/suspension', json({ reason: 'no' }))
    await pair.same('guard', 'PUT /users/{writerId}/suspension', json({ reason: 'spam' }))
    await pair.soonEverywhere('reader', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 0)
    for (const path of ['/users/{writerId}', '/users/@writer', '/users/{writerId}/messages', '/messages/{kept}']) {
      await pair.soonEverywhere('reader', `GET ${path}`, ({ status }) => status === 404)
    }
    await pair.soonEverywhere('writer', 'GET /users/me', ({ status }) => status === 401)
    const logIn = json({ handle: 'writer', password: 'password of writer' })
    for (let i = 0; i < 2; i++) await pair.same('', 'POST /sessions', logIn)
    await pair.same('', 'POST /sessions', json({ handle: 'writer', password: 'a wrong password' }))
    await pair.same('', 'POST /users', json({ handle: 'writer', password: 'long enough' }))

    await pair.same('guard', 'DELETE /users/{writerId}/suspension')
    await pair.same('guard', 'DELETE /users/{writerId}/suspension')
    await pair.soonEverywhere('reader', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 1)
    await pair.soonEverywhere('reader', 'GET /users/@writer')
    await pair.soonEverywhere('writer', 'GET /users/me', ({ status }) => status === 401)
    await pair.same('', 'POST /sessions', { ...logIn, keep: { writer: 'token' } })
  })

  test('invitations: made by moderators, the same for the same key', async () => {
    const headers = { 'idempotency-key': 'guest' }
    await pair.same('reader', 'POST /invites')
    const codes = []
    for (let i = 0; i < 3; i++) codes.push((await pair.same('guard', 'POST /invites', { headers })).body.code)
    expect(new Set(codes).size).toBe(1)
    await pair.same('chief', 'POST /invites')
  })

  test('the shell: a new password ends sessions everywhere, and the log tells all of it', async () => {
    await pair.shell('user', 'suspend', 'writer', '--reason', 'from the shell')
    await pair.soonEverywhere('reader', 'GET /users/@writer', ({ status }) => status === 404)
    await pair.shell('user', 'restore', 'writer')
    await pair.soonEverywhere('reader', 'GET /users/@writer', ({ status }) => status === 200)
    await pair.shell('user', 'password', 'reader')
    await pair.soonEverywhere('reader', 'GET /users/me', ({ status }) => status === 401)
    const [one, two] = (await pair.shell('user', 'log', '--json')).map((out) =>
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map(({ act, actor, user, note }) => [act, actor?.handle, user?.handle, note]),
    )
    expect(two).toEqual(one!)
    expect(one!.map(([act]) => act)).toEqual([
      'password',
      'restore',
      'suspend',
      'invite',
      'invite',
      'restore',
      'suspend',
      'delete_message',
      'report',
      'report',
      'role',
      'role',
    ])
  })

  test('an export is the same lines', async () => {
    await pair.people('keeper', 'friend')
    await pair.same('keeper', 'PUT /users/{friendId}/follow')
    await pair.same('friend', 'PUT /users/{keeperId}/follow')
    await pair.same('friend', 'POST /send', { ...json({ text: 'liked' }), keep: { liked: 'id' } })
    await pair.same('keeper', 'PUT /messages/{liked}/like')
    for (const text of ['first', 'second\nwith a line', '“third” 🦜'])
      await pair.same('keeper', 'POST /send', json({ text }))
    const exported = async (side: Side) => {
      const { text } = await side.ask('keeper', 'GET', '/users/me/export', {})
      const lines = text.trimEnd().split('\n')
      return lines.map((line) => JSON.parse(line) as { kind: string; text?: string; lines?: number })
    }
    const essence = (lines: Awaited<ReturnType<typeof exported>>) =>
      lines.map(({ kind, text, lines }) => [kind, text, lines])
    const [one, two] = await Promise.all(pair.sides.map(exported))
    expect(essence(two!)).toEqual(essence(one!))
    const kinds = one!.map(({ kind }) => kind)
    expect(kinds).toEqual(['profile', 'session', 'follow', 'follower', 'like', 'message', 'message', 'message', 'end'])
  })
}
