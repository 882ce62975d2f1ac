import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { notificationsKeptMax } from '../../src/core/limits.ts'
import { until } from '../until.ts'
import { openServer, type Person, type TestServer } from './harness.ts'

interface NotificationJson {
  id: string
  type: string
  user: { id: string; handle: string }
  message?: { id: string; text: string; author: { id: string }; you: { liked: boolean } }
  others?: number
  read: boolean
  createdAt: string
}

let server: TestServer
beforeAll(() => {
  server = openServer()
})
afterAll(async () => {
  await server.close()
  expect(server.mistakes).toEqual([])
})

let count = 0
const people = (n: number) => Promise.all(Array.from({ length: n }, () => server.person(`p${++count}`)))
const send = async (person: Person, json: object) =>
  (await server.ask('POST', '/send', { token: person.token, json })).body.id as string
const put = (person: Person, path: string, json?: object) =>
  server.ask('PUT', path, { token: person.token, ...(json && { json }) })
const remove = (person: Person, path: string) => server.ask('DELETE', path, { token: person.token })
const list = async ({ token }: Person, query = '') =>
  (await server.ask('GET', `/notifications${query}`, { token })).body as unknown as {
    notifications: NotificationJson[]
    next?: string
  }
const unread = async ({ token }: Person) => (await server.ask('GET', '/users/me', { token })).body.unread as number
const short = ({ type, user, message, others }: NotificationJson) => [type, user.id, message?.id, others]

/** Waits until the person's list is as expected, and stays so once all activity was looked at. */
async function lists(person: Person, expected: unknown[][]): Promise<NotificationJson[]> {
  let found: NotificationJson[] = []
  const wanted = JSON.stringify(expected)
  await until(async () => {
    found = (await list(person)).notifications
    return JSON.stringify(found.map(short)) === wanted
  }).catch(() => {})
  await worked()
  found = (await list(person)).notifications
  expect(found.map(short)).toEqual(JSON.parse(wanted, (_, value) => value ?? undefined))
  return found
}

/** All fan-out is done, and all activity looked at. */
async function worked(): Promise<void> {
  await server.settled()
  await until(async () => (await server.engine.activity.next(1)).length === 0)
}

describe('GET /notifications', () => {
  test('[NT4] who is hidden takes nobody along who did the same', async () => {
    const [ann, ben, cy, dee] = (await people(4)) as [Person, Person, Person, Person]
    const own = await send(ann, { text: 'all of you' })
    for (const one of [ben, cy, dee]) {
      await put(one, `/users/${ann.id}/follow`)
      await worked()
    }
    for (const one of [ben, cy, dee]) {
      await put(one, `/messages/${own}/like`)
      await send(one, { boostOf: own })
      await worked()
    }
    const all = (user: Person, follows: number | null) => [
      ['boost', user.id, own, 2],
      ['like', user.id, own, 2],
      ['follow', user.id, null, follows],
    ]
    await lists(ann, all(dee, 2))
    await put(ann, `/users/${dee.id}/mute`)
    const { notifications } = await list(ann)
    expect(notifications.map(({ type, others }) => [type, others])).toEqual([
      ['boost', 2],
      ['like', 2],
      ['follow', 1],
    ])
    for (const { user } of notifications) expect([ben.id, cy.id]).toContain(user.id)
    expect(await unread(ann)).toBe(3)
    for (const one of [ben, cy]) await put(ann, `/users/${one.id}/mute`)
    await lists(ann, [])
    expect(await unread(ann)).toBe(0)
    await remove(ann, `/users/${dee.id}/mute`)
    await lists(ann, [
      ['boost', dee.id, own, 2],
      ['like', dee.id, own, 2],
      ['follow', dee.id, null, null],
    ])
  })

  test('mentions, replies, likes, boosts, follows and messages of authors followed with notify', async () => {
    const [ann, ben] = (await people(2)) as [Person, Person]
    const own = await send(ann, { text: 'look' })
    await put(ben, `/users/${ann.id}/follow`)
    await lists(ann, [['follow', ben.id, null, null]])
    await put(ben, `/messages/${own}/like`)
    const liked = ['like', ben.id, own, null]
    await lists(ann, [liked, ['follow', ben.id, null, null]])
    const mention = await send(ben, { text: `hello @${ann.handle}` })
    const reply = await send(ben, { text: `indeed @${ann.handle}`, replyTo: own })
    await send(ben, { boostOf: own })
    await worked()
    await put(ann, `/users/${ben.id}/follow`, { notify: true })
    const message = await send(ben, { text: 'nobody in particular' })
    const found = await lists(ann, [
      ['message', ben.id, message, null],
      ['boost', ben.id, own, null],
      ['reply', ben.id, reply, null],
      ['mention', ben.id, mention, null],
      liked,
      ['follow', ben.id, null, null],
    ])
    expect(found.every((one) => !one.read && Math.abs(Date.parse(one.createdAt) - Date.now()) < 60_000)).toBe(true)
    expect(found[3]!.message).toMatchObject({ text: `hello @${ann.handle}`, author: { id: ben.id } })
    expect(await unread(ann)).toBe(6)
    expect((await list(ben)).notifications.map(short)).toEqual([['follow', ann.id, undefined, undefined]])
  })

  test('many likes, boosts and follows are one notification each, with how many more', async () => {
    const [ann, ...others] = (await people(6)) as [Person, ...Person[]]
    const own = await send(ann, { text: 'popular' })
    await put(ann, `/messages/${own}/like`)
    for (const one of others) await put(one, `/messages/${own}/like`)
    await lists(ann, [['like', others[4]!.id, own, 4]])
    expect(await unread(ann)).toBe(1)
    await send(others[0]!, { boostOf: own })
    await send(others[1]!, { boostOf: own })
    await lists(ann, [
      ['boost', others[1]!.id, own, 1],
      ['like', others[4]!.id, own, 4],
    ])
    for (const one of others) await put(one, `/users/${ann.id}/follow`)
    await until(async () => (await list(ann)).notifications[0]?.others === 4)
    expect(await unread(ann)).toBe(3)
    const page = await list(ann, '?length=1')
    expect(page.notifications.map(short)).toEqual([['follow', others[4]!.id, undefined, 4]])
    const rest = await list(ann, `?length=5&before=${page.next}`)
    expect(rest.notifications.map(({ type }) => type)).toEqual(['boost', 'like'])
    expect(rest.next).toBeUndefined()
  })

  test('one causes none to oneself, and what is said twice tells once', async () => {
    const [ann, ben] = (await people(2)) as [Person, Person]
    const own = await send(ann, { text: `me, @${ann.handle}` })
    await send(ann, { text: 'and again', replyTo: own })
    await put(ann, `/messages/${own}/like`)
    await send(ann, { boostOf: own })
    await put(ben, `/messages/${own}/like`)
    await lists(ann, [['like', ben.id, own, null]])
    const [{ id }] = (await list(ann)).notifications as [NotificationJson]
    await put(ben, `/messages/${own}/like`)
    await lists(ann, [['like', ben.id, own, null]])
    expect((await list(ann)).notifications[0]!.id).toBe(id)
    await put(ann, `/users/${ben.id}/follow`, { notify: true })
    const both = await send(ben, { text: `@${ann.handle} once, @${ann.handle} twice`, replyTo: own })
    await lists(ann, [
      ['reply', ben.id, both, null],
      ['like', ben.id, own, null],
    ])
  })

  test('what was taken back or deleted is told no more', async () => {
    const [ann, ben, cat] = (await people(3)) as [Person, Person, Person]
    const own = await send(ann, { text: 'for a while' })
    await put(ben, `/messages/${own}/like`)
    await lists(ann, [['like', ben.id, own, null]])
    await put(cat, `/messages/${own}/like`)
    await lists(ann, [['like', cat.id, own, 1]])
    await remove(cat, `/messages/${own}/like`)
    await lists(ann, [['like', ben.id, own, null]])
    await remove(ben, `/messages/${own}/like`)
    await lists(ann, [])
    await put(ben, `/users/${ann.id}/follow`)
    await send(ben, { boostOf: own })
    await until(async () => (await list(ann)).notifications.length === 2)
    await remove(ben, `/users/${ann.id}/follow`)
    await remove(ben, `/messages/${own}/boost`)
    await lists(ann, [])
    const mention = await send(ben, { text: `@${ann.handle}!` })
    await lists(ann, [['mention', ben.id, mention, null]])
    await remove(ben, `/messages/${mention}`)
    expect((await list(ann)).notifications).toEqual([])
    expect(await unread(ann)).toBe(0)
    await put(ben, `/messages/${own}/like`)
    await lists(ann, [['like', ben.id, own, null]])
    await remove(ann, `/messages/${own}`)
    expect((await list(ann)).notifications).toEqual([])
  })

  test('a follow that a block ended is told no more, also once the block is over', async () => {
    const [ann, ben] = (await people(2)) as [Person, Person]
    await put(ben, `/users/${ann.id}/follow`)
    await lists(ann, [['follow', ben.id, null, null]])
    await put(ann, `/users/${ben.id}/block`)
    await remove(ann, `/users/${ben.id}/block`)
    await lists(ann, [])
    expect(await unread(ann)).toBe(0)
  })

  test('[NT4] who is muted or blocked causes none, and what they caused before is not there meanwhile', async () => {
    const [ann, ben, cat] = (await people(3)) as [Person, Person, Person]
    const own = await send(ann, { text: 'for some' })
    const before = await send(ben, { text: `@${ann.handle} before` })
    await lists(ann, [['mention', ben.id, before, null]])
    await put(ann, `/users/${ben.id}/mute`)
    expect((await list(ann)).notifications).toEqual([])
    expect(await unread(ann)).toBe(0)
    await send(ben, { text: `@${ann.handle} meanwhile`, replyTo: own })
    await put(ben, `/messages/${own}/like`)
    await put(cat, `/messages/${own}/like`)
    await lists(ann, [['like', cat.id, own, 1]])
    await remove(ann, `/users/${ben.id}/mute`)
    await lists(ann, [
      ['like', cat.id, own, 1],
      ['mention', ben.id, before, null],
    ])
    await put(cat, `/users/${ann.id}/block`)
    // Ben's like is to be seen by now, and stands.
    const left = [
      ['like', ben.id, own, 1],
      ['mention', ben.id, before, null],
    ]
    await lists(ann, left)
    const tries = await server.ask('PUT', `/messages/${own}/like`, { token: cat.token })
    expect(tries.status).toBe(404)
    await send(cat, { text: `@${ann.handle} blocked` })
    await worked()
    await lists(ann, left)
  })

  test('the newest 800 are kept, in pages that miss none and repeat none', async () => {
    const [ann] = (await people(1)) as [Person]
    const user = Number((await people(1))[0]!.id)
    const message = Number(await send(ann, { text: 'm' }))
    const reader = Number(ann.id)
    const made = Array.from({ length: 1_000 }, (_, i) => i + 1)
    const type = 'mention' as const
    // As many messages as that are slow to send.
    const [sent] = await server.engine.messages.many([message])
    const rows = made.map((i) => ({ reader, type, subject: message + i, user, at: i, id: message + i }))
    for (const { subject } of rows) {
      const body = sent!.body.replace(`"id":"${message}"`, `"id":"${subject}"`)
      await server.engine.messages.store({ id: subject, author: user, mode: 'pushed', prev: [], crossed: false, body })
    }
    await server.engine.outboxRows.done(rows.map(({ subject }) => subject))
    for (let i = 0; i < 1_000; i += 100) await server.engine.notifications.add(rows.slice(i, i + 100))
    expect(await unread(ann)).toBe(notificationsKeptMax)
    const seen: string[] = []
    for (let before = ''; ; ) {
      const { notifications, next } = await list(ann, `?length=100${before}`)
      seen.push(...notifications.map(({ id }) => id))
      if (next === undefined) break
      before = `&before=${next}`
    }
    const newest = rows.slice(200).reverse()
    expect(seen).toEqual(newest.map(({ id }) => String(id)))
    // Where none of them is to be seen any more, none is counted: nothing in the list could be marked as read.
    await server.ask('PUT', `/users/${user}/mute`, { token: ann.token })
    expect([(await list(ann)).notifications, await unread(ann)]).toEqual([[], 0])
  })

  test('bad input names the field', async () => {
    const [ann] = (await people(1)) as [Person]
    const { token } = ann
    for (const query of ['?length=0', '?length=101', '?length=x']) {
      const got = await server.ask('GET', `/notifications${query}`, { token })
      expect([got.status, got.body.field]).toEqual([422, 'length'])
    }
    const before = await server.ask('GET', '/notifications?before=x.y', { token })
    expect([before.status, before.body.field]).toEqual([422, 'before'])
    for (const json of [{}, { upTo: 5 }, { upTo: '-1' }, { upTo: '9007199254740992' }, { upTo: '1.5' }, { upTo: '' }]) {
      const got = await server.ask('PUT', '/notifications/read', { token, json })
      expect([got.status, got.body.field]).toEqual([422, 'upTo'])
    }
    expect((await server.ask('PUT', '/notifications/read', { token })).status).toBe(400)
    expect((await server.ask('GET', '/notifications')).status).toBe(401)
    const wrong = await server.ask('POST', '/notifications', { token })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })
})

describe('PUT /notifications/read', () => {
  test('everything up to an id is read, for good; what comes later is not', async () => {
    const [ann, ben] = (await people(2)) as [Person, Person]
    for (let i = 0; i < 3; i++) {
      await send(ben, { text: `@${ann.handle} ${i}` })
      await worked()
    }
    const { notifications } = await list(ann)
    const [third, second, first] = notifications as [NotificationJson, NotificationJson, NotificationJson]
    expect((await put(ann, '/notifications/read', { upTo: second.id })).body).toEqual({ unread: 1 })
    expect((await list(ann)).notifications.map(({ read }) => read)).toEqual([false, true, true])
    expect((await put(ann, '/notifications/read', { upTo: first.id })).body).toEqual({ unread: 1 })
    expect((await put(ann, '/notifications/read', { upTo: '9007199254740991' })).body).toEqual({ unread: 0 })
    expect(await unread(ann)).toBe(0)
    expect((await list(ann)).notifications[0]).toMatchObject({ id: third.id, read: true })
    await send(ben, { text: `@${ann.handle} more` })
    await worked()
    expect(await unread(ann)).toBe(1)
    expect(await unread(ben)).toBe(0)
  })
})
