import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { openServer, type Person, type TestServer } from './harness.ts'

interface MessageJson {
  id: string
  text: string
  author: { id: string; handle: string; name: string }
  likes: number
  truncated?: boolean
  you: { liked: boolean; boosted: boolean }
}
interface PageJson {
  messages: MessageJson[]
  cursor?: string
  more?: boolean
  next?: string
}
interface UserJson {
  id: string
  handle: string
  you?: { following: boolean; followedBy: boolean; notify: boolean }
  followers: number
  following: number
  messages: number
}

describe('two people, from the first account to the last like', () => {
  let server: TestServer
  let ada: Person
  let ben: Person
  beforeAll(async () => {
    server = openServer()
    ada = await server.person('Ada')
    ben = await server.person('ben')
  })
  afterAll(() => server.close())

  const page = async (person: Person, query = '') =>
    (await server.ask('GET', `/fetch${query}`, { token: person.token })).body as unknown as PageJson

  test('an account has its handle in lower case, counts of zero and the handle as its first name', async () => {
    const me = await server.ask('GET', '/users/me', { token: ada.token })
    expect(me.body).toMatchObject({
      handle: 'ada',
      name: 'ada',
      bio: '',
      followers: 0,
      messages: 0,
      unread: 0,
      role: 'user',
    })
    expect(me.body.you).toBeUndefined()
    const seen = await server.ask('GET', '/users/@ADA', { token: ben.token })
    expect(seen.body).toMatchObject({ id: ada.id, you: { following: false, followedBy: false, muted: false } })
    expect((await server.ask('GET', `/users/${ada.id}`, { token: ben.token })).body).toEqual(seen.body)
  })

  test('logging in gives a second token; logging out ends that one alone', async () => {
    const json = { handle: 'ADA', password: 'password of Ada' }
    const { status, body } = await server.ask('POST', '/sessions', { json })
    expect(status).toBe(201)
    const token = body.token as string
    expect((await server.ask('GET', '/users/me', { token })).status).toBe(200)
    expect((await server.ask('DELETE', '/sessions', { token })).status).toBe(204)
    expect((await server.ask('GET', '/users/me', { token })).status).toBe(401)
    expect((await server.ask('GET', '/users/me', { token: ada.token })).status).toBe(200)
  })

  test('following is idempotent, and both sides see it', async () => {
    const path = `/users/${ada.id}/follow`
    for (let i = 0; i < 2; i++) {
      const you = await server.ask('PUT', path, { token: ben.token })
      expect(you.body).toEqual({ following: true, followedBy: false, notify: false, muted: false, blocked: false })
    }
    expect((await server.ask('PUT', path, { token: ben.token, json: { notify: true } })).body.notify).toBe(true)
    // Without a word on it, it stays.
    expect((await server.ask('PUT', path, { token: ben.token, json: {} })).body.notify).toBe(true)
    const followers = await server.ask('GET', `/users/${ada.id}/followers`, { token: ada.token })
    expect((followers.body.users as UserJson[]).map((user) => user.handle)).toEqual(['ben'])
    const following = await server.ask('GET', `/users/${ben.id}/following`, { token: ada.token })
    expect((following.body.users as UserJson[])[0]).toMatchObject({ handle: 'ada', followers: 1 })
    expect((await server.ask('GET', `/users/${ben.id}`, { token: ada.token })).body.you).toMatchObject({
      followedBy: true,
    })
  })

  test('what is sent is in both timelines, newest first, and by since what is new', async () => {
    const empty = await page(ben)
    const first = await server.send(ada, 'one\r\ntwo')
    expect((await page(ada)).messages.map((m) => m.id)).toEqual([first])
    await server.settled()
    const second = await server.send(ada, 'three')
    await server.settled()
    const now = await page(ben)
    expect(now.messages.map((m) => m.text)).toEqual(['three', 'one\ntwo'])
    expect(now.messages[0]).toMatchObject({ author: { id: ada.id, handle: 'ada', name: 'ada' }, likes: 0 })
    const arrived = await page(ben, `?since=${empty.cursor}&length=1`)
    expect(arrived).toMatchObject({ more: true, messages: [{ id: first }] })
    expect(await page(ben, `?since=${arrived.cursor}`)).toMatchObject({ more: false, messages: [{ id: second }] })
    expect(await page(ben, `?since=${now.cursor}`)).toEqual({ messages: [], cursor: expect.any(String), more: false })
    const older = await page(ben, `?before=${second}`)
    expect(older.messages.map((m) => m.id)).toEqual([first])
    expect(Object.keys(older)).toEqual(['messages', 'more'])
    expect(older.more).toBe(false)
  })

  test('preview cuts by code points and says so', async () => {
    await server.send(ada, '😀😀😀')
    expect((await page(ada, '?length=1&preview=2')).messages[0]).toMatchObject({ text: '😀😀', truncated: true })
    expect((await page(ada, '?length=1&preview=3')).messages[0]!.truncated).toBeUndefined()
  })

  test('an Idempotency-Key makes one message of two requests', async () => {
    const again = { token: ada.token, headers: { 'Idempotency-Key': 'a key' } }
    const first = await server.ask('POST', '/send', { ...again, json: { text: 'once' } })
    const second = await server.ask('POST', '/send', { ...again, json: { text: 'twice' } })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body).toEqual(first.body)
    await server.ask('DELETE', `/messages/${first.body.id}`, { token: ada.token })
    expect((await server.ask('POST', '/send', { ...again, json: { text: 'thrice' } })).status).toBe(404)
  })

  test('a repeated Idempotency-Key answers whatever the new body says; a refusal is not remembered', async () => {
    const send = (key: string, json: unknown) =>
      server.ask('POST', '/send', { token: ada.token, headers: { 'Idempotency-Key': key }, json })
    const wrong = [{ text: '' }, {}, { text: 7 }, { text: 'x'.repeat(10_241) }, { text: 'a', userID: ben.id }, [], null]
    for (const json of wrong) expect((await send('key 2', json)).status).toBeGreaterThan(400)
    const first = await send('key 2', { text: 'once' })
    expect(first.status).toBe(201)
    for (const json of wrong) expect((await send('key 2', json)).body).toEqual(first.body)
    await server.ask('DELETE', `/messages/${first.body.id}`, { token: ada.token })
    for (const json of wrong) expect((await send('key 2', json)).body.code).toBe('no_such_message')
    // Somebody else's key is another one.
    const theirs = { token: ben.token, headers: { 'Idempotency-Key': 'key 2' }, json: { text: '' } }
    expect((await server.ask('POST', '/send', theirs)).body.code).toBe('text_empty')
  })

  test('an Idempotency-Key may be any 128 characters, in UTF-8 or Latin-1', async () => {
    const bytes = (key: string) => Buffer.from(key).toString('latin1')
    const keys = [bytes('ключ'), bytes('😀'.repeat(128)), 'é', 'ÿ'.repeat(128), `"a' {b}\\`, 'k'.repeat(128), '%00']
    const ids = new Set<unknown>()
    for (const key of [...keys, ...keys]) {
      const asked = { token: ada.token, headers: { 'Idempotency-Key': key }, json: { text: 'a' } }
      ids.add((await server.ask('POST', '/send', asked)).body.id)
    }
    expect(ids.size).toBe(keys.length)
    expect(ids.has(undefined)).toBe(false)
  })

  test('likes count once, and say who', async () => {
    const id = await server.send(ada, 'like me')
    const path = `/messages/${id}/like`
    for (let i = 0; i < 2; i++) {
      expect((await server.ask('PUT', path, { token: ben.token })).body).toEqual({ liked: true, likes: 1 })
    }
    const seen = (await server.ask('GET', `/messages/${id}`, { token: ben.token })).body
    expect(seen).toMatchObject({ likes: 1, you: { liked: true } })
    expect((await server.ask('GET', `/messages/${id}`, { token: ada.token })).body.you).toMatchObject({ liked: false })
    const likers = await server.ask('GET', `/messages/${id}/likes`, { token: ada.token })
    expect((likers.body.users as UserJson[]).map((user) => user.id)).toEqual([ben.id])
    for (let i = 0; i < 2; i++) {
      expect((await server.ask('DELETE', path, { token: ben.token })).body).toEqual({ liked: false, likes: 0 })
    }
  })

  test('only its author deletes a message; then it is nowhere', async () => {
    const id = await server.send(ada, 'gone soon')
    expect((await server.ask('DELETE', `/messages/${id}`, { token: ben.token })).body.code).toBe('not_yours')
    expect((await server.ask('DELETE', `/messages/${id}`, { token: ada.token })).status).toBe(204)
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PUT', '/like'],
      ['DELETE', '/like'],
      ['GET', '/likes'],
    ] as const) {
      const got = await server.ask(method, `/messages/${id}${path}`, { token: ada.token })
      expect([got.status, got.body.code]).toEqual([404, 'no_such_message'])
    }
    expect((await page(ada)).messages.some((m) => m.id === id)).toBe(false)
  })

  test('a changed name is in the messages at once', async () => {
    const change = { name: 'Ada Lovelace', bio: 'numbers\r\nand engines' }
    const got = await server.ask('PATCH', '/users/me', { token: ada.token, json: change })
    expect(got.body).toMatchObject({ name: 'Ada Lovelace', bio: 'numbers\nand engines', handle: 'ada' })
    expect((await page(ada)).messages[0]!.author.name).toBe('Ada Lovelace')
    expect((await server.ask('PATCH', '/users/me', { token: ada.token, json: {} })).body.name).toBe('Ada Lovelace')
  })

  test('people are found by the beginning of handle or name', async () => {
    const found = async (query: string) => {
      const { body } = await server.ask('GET', `/users?query=${query}`, { token: ben.token })
      return (body.users as UserJson[]).map((user) => user.handle)
    }
    expect(await found('AD')).toEqual(['ada'])
    expect(await found('ada+love')).toEqual(['ada'])
    expect(await found('be')).toEqual(['ben'])
    expect(await found('lovelace')).toEqual([])
  })

  test('one author’s messages come in pages', async () => {
    const path = `/users/${ada.id}/messages`
    const all = (await server.ask('GET', `${path}?length=100`, { token: ben.token })).body as unknown as PageJson
    const ids: string[] = []
    let next: string | undefined
    do {
      const query: string = next === undefined ? '' : `&before=${next}`
      const got = (await server.ask('GET', `${path}?length=2${query}`, { token: ben.token }))
        .body as unknown as PageJson
      ids.push(...got.messages.map((m) => m.id))
      next = got.next
    } while (next !== undefined)
    expect(ids).toEqual(all.messages.map((m) => m.id))
    expect(ids.length).toBeGreaterThan(3)
  })

  test('unfollowing hides at once', async () => {
    expect((await page(ben)).messages.length).toBeGreaterThan(0)
    await server.ask('DELETE', `/users/${ada.id}/follow`, { token: ben.token })
    expect((await page(ben)).messages).toEqual([])
    // Following again brings the newest back.
    await server.ask('PUT', `/users/${ada.id}/follow`, { token: ben.token })
    expect((await page(ben)).messages.length).toBeGreaterThan(0)
  })

  test('nothing of all this was a mistake of ours', () => expect(server.mistakes).toEqual([]))
})

test('lists of users page through all of them, and only through their own', async () => {
  const server = openServer()
  const people = await Promise.all(['a1', 'a2', 'a3', 'a4', 'a5'].map((handle) => server.person(handle)))
  const [star, ...fans] = people as [Person, ...Person[]]
  for (const fan of fans) await server.ask('PUT', `/users/${star.id}/follow`, { token: fan.token })
  const walk = async (path: string) => {
    const handles: string[] = []
    let next: string | undefined
    do {
      const query = next === undefined ? '' : `&before=${encodeURIComponent(next)}`
      const { body } = await server.ask('GET', `${path}length=2${query}`, { token: star.token })
      handles.push(...(body.users as UserJson[]).map((user) => user.handle))
      next = body.next as string | undefined
    } while (next !== undefined)
    return handles.sort()
  }
  expect(await walk(`/users/${star.id}/followers?`)).toEqual(['a2', 'a3', 'a4', 'a5'])
  expect(await walk('/users?query=a&')).toEqual(['a1', 'a2', 'a3', 'a4', 'a5'])

  const first = await server.ask('GET', `/users/${star.id}/followers?length=2`, { token: star.token })
  const elsewhere = `/users/${fans[0]!.id}/followers?before=${encodeURIComponent(first.body.next as string)}`
  const refused = await server.ask('GET', elsewhere, { token: star.token })
  expect([refused.status, refused.body.field]).toEqual([422, 'before'])
  await server.close()
})
