import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { idMax } from '../../src/core/ids.ts'
import { inviteAgeMs, inviteLeftMs, reportsPerHour } from '../../src/core/limits.ts'
import type { UserRole } from '../../src/ports/users.ts'
import { openServer, type Person, type TestServer } from './harness.ts'

let server: TestServer
let ann: Person
let bob: Person
let mod: Person
let boss: Person

async function give(person: Person, role: UserRole): Promise<void> {
  expect(await server.engine.users.update(Number(person.id), { role })).toBe(true)
}
const audited = async () => (await server.engine.audit.list(idMax, 1_000)).map(({ act }) => act)
const statusOf = async (person: Person, call: string) => {
  const [method, path] = call.split(' ') as [string, string]
  const { status, body } = await server.ask(method, path, { token: person.token })
  return body.code === undefined ? status : [status, body.code]
}

beforeAll(async () => {
  server = openServer()
  ;[ann, bob, mod, boss] = [
    await server.person('ann'),
    await server.person('bob'),
    await server.person('mod'),
    await server.person('boss'),
  ]
  await give(mod, 'moderator')
  await give(boss, 'admin')
})
afterAll(async () => {
  expect(server.mistakes).toEqual([])
  await server.close()
})

describe('roles', () => {
  test('nobody has one by being first, and `me` tells it', async () => {
    expect((await server.ask('GET', '/users/me', { token: ann.token })).body.role).toBe('user')
    expect((await server.ask('GET', '/users/me', { token: mod.token })).body.role).toBe('moderator')
  })

  test('a role that was taken is gone with the next call', async () => {
    const fay = await server.person('fay')
    expect(await statusOf(fay, 'GET /reports')).toEqual([403, 'forbidden'])
    await give(fay, 'moderator')
    expect(await statusOf(fay, 'GET /reports')).toBe(200)
    await give(fay, 'user')
    expect(await statusOf(fay, 'GET /reports')).toEqual([403, 'forbidden'])
  })
})

describe('reports', () => {
  const report = (person: Person, json: unknown, key?: string) =>
    server.ask('POST', '/reports', { token: person.token, json, headers: key ? { 'idempotency-key': key } : {} })

  test('a report of a message names its author, shows the message, and goes through its states', async () => {
    const id = await server.send(bob, 'buy my things')
    const made = await report(ann, { message: id, reason: 'spam\r\nagain' })
    expect([made.status, made.body.state, made.body.reason]).toEqual([201, 'open', 'spam\nagain'])
    expect(made.body).toMatchObject({ user: { handle: 'bob' }, reporter: { handle: 'ann' }, messageID: id })
    expect((made.body.message as { text: string }).text).toBe('buy my things')

    const path = `/reports/${made.body.id}`
    const decided = await server.ask('PUT', path, { token: mod.token, json: { state: 'resolved', note: 'Told bob.' } })
    expect(decided.body).toMatchObject({ state: 'resolved', note: 'Told bob.', moderator: { handle: 'mod' } })
    const again = await server.ask('PUT', path, { token: boss.token, json: { state: 'open' } })
    expect(again.body).toMatchObject({ state: 'open', note: 'Told bob.', moderator: { handle: 'boss' } })
    await server.ask('DELETE', `/messages/${id}`, { token: bob.token })
    const dismissed = await server.ask('PUT', path, { token: mod.token, json: { state: 'dismissed', note: '' } })
    expect(dismissed.body).not.toHaveProperty('message')
    expect(dismissed.body).not.toHaveProperty('note')
    expect(dismissed.body.messageID).toBe(id)
    // What it said stays with the report, for moderators.
    expect(made.body).not.toHaveProperty('text')
    expect(dismissed.body.text).toBe('buy my things')
  })

  test('moderators list them by state, newest first, in pages', async () => {
    const made: string[] = []
    for (let i = 0; i < 5; i++) made.push((await report(ann, { user: bob.id, reason: `no. ${i}` })).body.id as string)
    const [first] = made
    await server.ask('PUT', `/reports/${first}`, { token: mod.token, json: { state: 'resolved' } })
    const seen: string[] = []
    for (let before = ''; ; ) {
      const { body } = await server.ask('GET', `/reports?state=open&length=2${before}`, { token: mod.token })
      seen.push(...(body.reports as { id: string }[]).map(({ id }) => id))
      if (body.next === undefined) break
      before = `&before=${body.next}`
    }
    expect(seen).toEqual(made.slice(1).toReversed())
    const { body } = await server.ask('GET', '/reports?length=100', { token: mod.token })
    const all = (body.reports as { id: string }[]).map(({ id }) => id)
    expect(all).toEqual(all.toSorted((a, b) => Number(b) - Number(a)))
    expect(all).toContain(first!)
  })

  test('plain users see and decide nothing', async () => {
    const { body } = await report(ann, { user: bob.id, reason: 'rude' })
    expect(await statusOf(ann, 'GET /reports')).toEqual([403, 'forbidden'])
    const tried = await server.ask('PUT', `/reports/${body.id}`, { token: ann.token, json: { state: 'resolved' } })
    expect([tried.status, tried.body.code]).toEqual([403, 'forbidden'])
    const missing = await server.ask('PUT', '/reports/12345', { token: mod.token, json: { state: 'resolved' } })
    expect([missing.status, missing.body.code, missing.body.field]).toEqual([404, 'no_such_report', 'id'])
  })

  test('the same key is the same report, as it is now; refusals are not remembered, and messages have keys of their own', async () => {
    const refused = await report(ann, { user: bob.id, reason: '' }, 'k')
    expect([refused.status, refused.body.field]).toEqual([422, 'reason'])
    const [one, two] = await Promise.all([
      report(ann, { user: bob.id, reason: 'first' }, 'k'),
      report(ann, { user: bob.id, reason: 'second' }, 'k'),
    ])
    expect([one.status, two.status, one.body.id === two.body.id]).toEqual([201, 201, true])
    await server.ask('PUT', `/reports/${one.body.id}`, { token: mod.token, json: { state: 'dismissed', note: 'ours' } })
    const again = await report(ann, { nonsense: true }, 'k')
    expect([again.status, again.body.id, again.body.state]).toEqual([201, one.body.id, 'dismissed'])
    // What moderators write is theirs.
    expect(again.body).not.toHaveProperty('note')
    expect(again.body).not.toHaveProperty('moderator')
    expect((await report(bob, { user: ann.id, reason: 'mine' }, 'k')).body.id).not.toBe(one.body.id)
    const sent = await server.ask('POST', '/send', {
      token: ann.token,
      json: { text: 'a message' },
      headers: { 'idempotency-key': 'k' },
    })
    expect([sent.status, sent.body.text]).toEqual([201, 'a message'])
  })

  test('what is hidden from whom reports it stays hidden, and reaches the moderators', async () => {
    const [gus, hal] = [await server.person('gus'), await server.person('hal')]
    await server.ask('PUT', `/users/${hal.id}/block`, { token: gus.token })
    const id = await server.send(gus, 'not for Hal')
    const made = await report(hal, { message: id, reason: 'about me' }, 'hidden')
    expect([made.status, made.body.messageID]).toEqual([201, id])
    expect(JSON.stringify(made.body)).not.toContain('not for Hal')
    const { body } = await server.ask('GET', '/reports?length=1', { token: mod.token })
    expect((body.reports as { message: { text: string } }[])[0]!.message.text).toBe('not for Hal')

    const other = await server.send(gus, 'seen by Ann')
    const seen = await report(ann, { message: other, reason: 'odd' }, 'seen')
    expect(JSON.stringify(seen.body)).toContain('seen by Ann')
    await server.ask('PUT', `/users/${gus.id}/suspension`, { token: mod.token, json: { reason: 'odd' } })
    const again = await report(ann, { message: other, reason: 'odd' })
    expect([again.status, again.body.code, again.body.field]).toEqual([404, 'no_such_message', 'message'])
    const repeated = await report(ann, { message: other, reason: 'odd' }, 'seen')
    expect([repeated.status, repeated.body.id]).toEqual([201, seen.body.id])
    expect(JSON.stringify(repeated.body)).not.toContain('seen by Ann')
    for (const message of [other, '1'])
      expect(await statusOf(ann, `DELETE /messages/${message}`)).toEqual([404, 'no_such_message'])
  })

  test('whoever reports too much is told to wait', async () => {
    const limited = openServer({ limited: true })
    const [cat, dog] = [await limited.person('cat'), await limited.person('dog')]
    const statuses: number[] = []
    for (let i = 0; i <= reportsPerHour; i++) {
      const json = { user: dog.id, reason: 'barks' }
      statuses.push((await limited.ask('POST', '/reports', { token: cat.token, json })).status)
    }
    expect(statuses).toEqual([...Array(reportsPerHour).fill(201), 429])
    await limited.close()
  })
})

describe('messages of others', () => {
  test('are deleted by moderators, and by nobody else', async () => {
    const id = await server.send(ann, 'not nice')
    expect(await statusOf(bob, `DELETE /messages/${id}`)).toEqual([403, 'not_yours'])
    expect(await statusOf(mod, `DELETE /messages/${id}`)).toBe(204)
    expect(await statusOf(ann, `GET /messages/${id}`)).toEqual([404, 'no_such_message'])
    expect(await statusOf(mod, `DELETE /messages/${id}`)).toEqual([404, 'no_such_message'])
    const [entry] = await server.engine.audit.list(idMax, 1)
    expect(entry).toMatchObject({
      act: 'delete_message',
      actor: Number(mod.id),
      user: Number(ann.id),
      subject: Number(id),
    })
  })

  test('also where a block stands between author and moderator', async () => {
    const gil = await server.person('gil')
    const id = await server.send(gil, 'hidden from mod')
    await server.ask('PUT', `/users/${mod.id}/block`, { token: gil.token })
    expect(await statusOf(mod, `GET /messages/${id}`)).toEqual([404, 'no_such_message'])
    expect(await statusOf(mod, `DELETE /messages/${id}`)).toBe(204)
  })
})

describe('suspension', () => {
  const suspend = (person: Person, id: string, json: unknown = { reason: 'spam' }) =>
    server.ask('PUT', `/users/${id}/suspension`, { token: person.token, json })
  const restore = (person: Person, id: string) =>
    server.ask('DELETE', `/users/${id}/suspension`, { token: person.token })
  const texts = async (person: Person) => {
    const { body } = await server.ask('GET', '/fetch', { token: person.token })
    return (body.messages as { text: string }[]).map(({ text }) => text)
  }

  test('hides the user and all they wrote, ends their sessions, and is taken back', async () => {
    const [sly, fan] = [await server.person('sly'), await server.person('fan')]
    await server.ask('PUT', `/users/${sly.id}/follow`, { token: fan.token })
    const id = await server.send(sly, 'still here')
    await server.settled()
    for (let i = 0; i < 2; i++) expect(await texts(fan)).toEqual(['still here'])

    const done = await suspend(mod, sly.id)
    expect(done.status).toBe(200)
    expect(done.body).toMatchObject({ user: { handle: 'sly' }, reason: 'spam', moderator: { handle: 'mod' } })
    expect(await texts(fan)).toEqual([])
    for (const path of [`/users/${sly.id}`, '/users/@sly', `/users/${sly.id}/messages`]) {
      expect(await statusOf(fan, `GET ${path}`)).toEqual([404, 'no_such_user'])
    }
    expect(await statusOf(fan, `GET /messages/${id}`)).toEqual([404, 'no_such_message'])
    expect((await server.ask('GET', '/users?query=sly', { token: fan.token })).body.users).toEqual([])
    expect(await statusOf(sly, 'GET /fetch')).toEqual([401, 'unauthorized'])
    const logIn = (password: string) => server.ask('POST', '/sessions', { json: { handle: 'sly', password } })
    const tried = await logIn('password of sly')
    expect([tried.status, tried.body.code]).toEqual([403, 'suspended'])
    expect((await logIn('another password')).body.code).toBe('unauthorized')
    const taken = await server.ask('POST', '/users', { json: { handle: 'sly', password: 'long enough' } })
    expect([taken.status, taken.body.code]).toEqual([409, 'handle_taken'])
    expect((await suspend(boss, sly.id, { reason: 'again' })).body.since).toBe(done.body.since)

    expect((await restore(mod, sly.id)).status).toBe(204)
    expect(await texts(fan)).toEqual(['still here'])
    expect(await statusOf(fan, `GET /users/${sly.id}`)).toBe(200)
    expect(await statusOf(sly, 'GET /fetch')).toEqual([401, 'unauthorized'])
    expect((await logIn('password of sly')).status).toBe(201)
    expect((await audited()).slice(0, 3)).toEqual(['restore', 'suspend', 'suspend'])
  })

  test('moderators have no power over moderators, and nobody over themselves', async () => {
    const other = await server.person('other')
    await give(other, 'moderator')
    const refusal = async (person: Person, id: string, json?: unknown) => {
      const { status, body } = await suspend(person, id, json)
      return [status, body.code, body.field]
    }
    expect(await refusal(ann, bob.id)).toEqual([403, 'forbidden', undefined])
    expect(await refusal(mod, other.id)).toEqual([403, 'forbidden', undefined])
    expect(await refusal(mod, boss.id)).toEqual([403, 'forbidden', undefined])
    expect(await refusal(mod, mod.id)).toEqual([422, 'invalid', 'id'])
    expect(await refusal(mod, '12345')).toEqual([404, 'no_such_user', undefined])
    expect(await refusal(mod, bob.id, {})).toEqual([422, 'invalid', 'reason'])
    expect(await refusal(mod, bob.id, { reason: '  ' })).toEqual([422, 'invalid', 'reason'])
    const before = await audited()
    expect((await restore(mod, bob.id)).status).toBe(404)
    expect(await audited()).toEqual(before)
    expect((await suspend(boss, other.id)).status).toBe(200)
    expect(await statusOf(other, 'GET /reports')).toEqual([401, 'unauthorized'])
    expect((await restore(mod, other.id)).status).toBe(403)
    expect((await restore(boss, other.id)).status).toBe(204)
  })
})

describe('invitations', () => {
  let club: TestServer
  let host: Person
  beforeAll(async () => {
    club = openServer({ registration: 'invite' })
    // As `./rookery load` and the shell make people: nobody may sign up yet.
    await club.engine.users.create({ id: 4_096, handle: 'host', name: 'host', bio: '', role: 'admin' }, undefined)
    const token = 'h'.repeat(43)
    const digest = new Bun.CryptoHasher('sha256').update(token).digest('hex')
    await club.engine.users.addToken(digest, 4_096, 0)
    host = { id: '4096', handle: 'host', token }
  })
  afterAll(async () => {
    expect(club.mistakes).toEqual([])
    await club.close()
  })
  const invite = async (key?: string) => {
    const headers: Record<string, string> = key ? { 'idempotency-key': key } : {}
    return (await club.ask('POST', '/invites', { token: host.token, headers })).body as {
      code: string
      expiresAt: string
    }
  }
  const join = async (handle: string, code?: unknown) => {
    const { status, body } = await club.ask('POST', '/users', {
      json: { handle, password: 'long enough', invite: code },
    })
    return status === 201 ? 201 : [status, body.code, body.field]
  }

  test('one makes one account, whoever asks how often', async () => {
    const { code, expiresAt } = await invite()
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + inviteAgeMs - 60_000)
    const tries = await Promise.all(['one', 'two', 'three', 'four'].map((handle) => join(handle, code)))
    expect(tries.filter((got) => got === 201)).toHaveLength(1)
    expect(tries.filter((got) => got !== 201)).toEqual(Array(3).fill([422, 'invalid', 'invite']))
    expect(await join('five', code)).toEqual([422, 'invalid', 'invite'])
  })

  test('a taken handle does not use it up', async () => {
    const { code } = await invite()
    expect(await join('host', code)).toEqual([409, 'handle_taken', 'handle'])
    expect(await join('guest', code)).toBe(201)
  })

  test('without one, or with a wrong, changed or old one, nobody comes in', async () => {
    expect(await join('late')).toEqual([403, 'registration_closed', 'invite'])
    const { code } = await invite()
    const changed = `${code.slice(0, -1)}${code.endsWith('0') ? '1' : '0'}`
    for (const wrong of ['', 'nonsense', changed, `1${code}`, code.toUpperCase().replace(/[0-9]$/, 'A')]) {
      expect(await join('late', wrong)).toEqual([422, 'invalid', 'invite'])
    }
    expect(await join('late', 7)).toEqual([422, 'invalid', 'invite'])
    club.pass(inviteAgeMs + 1)
    expect(await join('late', code)).toEqual([422, 'invalid', 'invite'])
  })

  test('what a sign-up that died holds is free again after a while', async () => {
    const { code } = await invite()
    const id = Number(code.split('-')[0])
    expect(await club.engine.invites.pass(id, 0, 77, Date.now() + inviteAgeMs + 1)).toBe(true)
    expect(await join('heir', code)).toEqual([422, 'invalid', 'invite'])
    club.pass(inviteLeftMs + 60_000)
    expect(await join('heir', code)).toBe(201)
    expect(await join('another', code)).toEqual([422, 'invalid', 'invite'])
  })

  test('moderators and admins invite, others do not; the same key is the same invitation', async () => {
    const { code } = await invite('k')
    expect((await invite('k')).code).toBe(code)
    expect((await invite('K')).code).not.toBe(code)
    const got = await club.ask('POST', '/users', { json: { handle: 'plain', password: 'long enough', invite: code } })
    const refused = await club.ask('POST', '/invites', { token: (got.body as { token: string }).token })
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
  })

  test('a closed server takes nobody, invited or not', async () => {
    const closed = openServer({ registration: 'closed' })
    const json = { handle: 'late', password: 'long enough', invite: 'any' }
    const { status, body } = await closed.ask('POST', '/users', { json })
    expect([status, body.code]).toEqual([403, 'registration_closed'])
    await closed.close()
  })
})
