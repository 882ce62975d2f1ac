import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { openServer, type Person, type TestServer } from './harness.ts'

interface PageJson {
  messages: { id: string; text: string }[]
  cursor?: string
  more?: boolean
  deleted?: string[]
}

let server: TestServer
beforeAll(() => {
  server = openServer()
})
afterAll(async () => {
  expect(server.mistakes).toEqual([])
  await server.close()
})

let count = 0
/** Three people; the first follows both others. */
async function trio(): Promise<[Person, Person, Person]> {
  count++
  const [ada, ben, cy] = [
    await server.person(`ada${count}`),
    await server.person(`ben${count}`),
    await server.person(`cy${count}`),
  ]
  for (const followee of [ben, cy]) await as(ada, 'PUT', `/users/${followee.id}/follow`)
  return [ada, ben, cy]
}

const as = ({ token }: Person, method: string, path: string) => server.ask(method, path, { token })
const page = async (person: Person, query = '') =>
  (await as(person, 'GET', `/fetch${query}`)).body as unknown as PageJson
const texts = async (person: Person, query = '') => (await page(person, query)).messages.map(({ text }) => text)
const code = async (person: Person, method: string, path: string) => (await as(person, method, path)).body.code
const users = async (person: Person, path: string) =>
  ((await as(person, 'GET', path)).body.users as { handle: string }[]).map(({ handle }) => handle)

const no = { following: false, followedBy: false, notify: false, muted: false, blocked: false }

describe('the lists of whom one has muted and blocked', () => {
  test('[N10] hold those and nobody else, in pages; who is both is listed once', async () => {
    const [ada, ben, cy] = await trio()
    const all = [ben, cy, await server.person(`dee${count}`), await server.person(`eve${count}`)]
    for (const { id } of all) await as(ada, 'PUT', `/users/${id}/block`)
    const foe = await server.person(`foe${count}`)
    await as(foe, 'PUT', `/users/${ada.id}/block`)
    for (const { id } of [ben, cy]) await as(ada, 'DELETE', `/users/${id}/block`)
    for (const { id } of [ben, cy]) await as(ada, 'PUT', `/users/${id}/mute`)
    await as(ada, 'PUT', `/users/${cy.id}/block`)
    expect(await users(ada, '/users/me/mutes')).toEqual([ben.handle])
    expect(await users(ada, '/users/me/blocks')).toEqual(all.slice(1).map(({ handle }) => handle))
    const { body } = await as(ada, 'GET', '/users/me/blocks?length=2')
    expect(body.users).toMatchObject([
      { you: { ...no, muted: true, blocked: true } },
      { you: { ...no, blocked: true } },
    ])
    expect(await users(ada, `/users/me/blocks?length=2&before=${body.next}`)).toEqual([all[3]!.handle])
    expect(await code(ada, 'GET', `/users/me/mutes?before=${body.next}`)).toBe('invalid')
    for (const list of ['mutes', 'blocks'])
      expect(await users(foe, `/users/me/${list}`)).toHaveLength(list === 'mutes' ? 0 : 1)
  })
})

describe('muting', () => {
  test('is idempotent, answers `you`, and hides from pages and `since` at once', async () => {
    const [ada, ben, cy] = await trio()
    await server.send(ben, 'ben 1')
    const { cursor } = await page(ada)
    await server.send(ben, 'ben 2')
    await server.send(cy, 'cy 1')
    await server.settled()
    expect(await texts(ada)).toEqual(['cy 1', 'ben 2', 'ben 1'])
    for (let i = 0; i < 2; i++) {
      const { status, body } = await as(ada, 'PUT', `/users/${ben.id}/mute`)
      expect([status, body]).toEqual([200, { ...no, following: true, muted: true }])
    }
    expect(await texts(ada)).toEqual(['cy 1'])
    expect(await texts(ada, `?since=${cursor}`)).toEqual(['cy 1'])
    expect((await as(ada, 'GET', `/users/${ben.id}`)).body.you).toEqual({ ...no, following: true, muted: true })
    expect((await as(ben, 'GET', `/users/${ada.id}`)).body.you).toEqual({ ...no, followedBy: true })
  })

  test('hides neither from the profile’s messages nor by id', async () => {
    const [ada, ben] = await trio()
    const id = await server.send(ben, 'still here')
    await as(ada, 'PUT', `/users/${ben.id}/mute`)
    const { body } = await as(ada, 'GET', `/users/${ben.id}/messages`)
    expect((body.messages as { id: string }[]).map((message) => message.id)).toEqual([id])
    expect((await as(ada, 'GET', `/messages/${id}`)).status).toBe(200)
  })

  test('ends by bringing back into pages what was hidden, also into an inbox made anew meanwhile', async () => {
    const [ada, ben, cy] = await trio()
    await server.send(ben, 'before')
    await server.settled()
    await page(ada)
    await as(ada, 'PUT', `/users/${ben.id}/mute`)
    await server.send(ben, 'meanwhile')
    await server.send(cy, 'cy')
    await server.settled()
    expect(await texts(ada)).toEqual(['cy'])
    await server.engine.inbox.forget(Number(ada.id))
    expect(await texts(ada)).toEqual(['cy'])
    for (let i = 0; i < 2; i++) {
      const { body } = await as(ada, 'DELETE', `/users/${ben.id}/mute`)
      expect(body).toEqual({ ...no, following: true })
    }
    expect(await texts(ada)).toEqual(['cy', 'meanwhile', 'before'])
  })

  test('a page made before it is not given again after it', async () => {
    const [ada, ben] = await trio()
    await server.send(ben, 'one')
    await server.settled()
    for (let i = 0; i < 3; i++) expect(await texts(ada)).toEqual(['one'])
    await as(ada, 'PUT', `/users/${ben.id}/mute`)
    expect(await texts(ada)).toEqual([])
  })

  test('a page is filled past the muted', async () => {
    const [ada, ben, cy] = await trio()
    for (let i = 0; i < 5; i++) await server.send(cy, `cy ${i}`)
    for (let i = 0; i < 30; i++) await server.send(ben, `ben ${i}`)
    await server.settled()
    await page(ada)
    await as(ada, 'PUT', `/users/${ben.id}/mute`)
    expect(await texts(ada, '?length=5')).toEqual(['cy 4', 'cy 3', 'cy 2', 'cy 1', 'cy 0'])
  })

  test('deletions by the muted are told, for what was there before', async () => {
    const [ada, ben] = await trio()
    const id = await server.send(ben, 'to be deleted')
    await server.settled()
    const { cursor } = await page(ada)
    await as(ada, 'PUT', `/users/${ben.id}/mute`)
    await as(ben, 'DELETE', `/messages/${id}`)
    expect((await page(ada, `?since=${cursor}`)).deleted).toEqual([id])
  })
})

describe('blocking', () => {
  test('is idempotent, answers `you`, and ends both follows', async () => {
    const [ada, ben] = await trio()
    await as(ben, 'PUT', `/users/${ada.id}/follow`)
    for (let i = 0; i < 2; i++) {
      const { status, body } = await as(ada, 'PUT', `/users/${ben.id}/block`)
      expect([status, body]).toEqual([200, { ...no, blocked: true }])
    }
    for (let i = 0; i < 2; i++) expect((await as(ada, 'DELETE', `/users/${ben.id}/block`)).body).toEqual(no)
    expect((await as(ada, 'GET', '/users/me')).body).toMatchObject({ followers: 0, following: 1 })
    expect((await as(ben, 'GET', '/users/me')).body).toMatchObject({ followers: 0, following: 0 })
  })

  test('makes each absent to the other: profile, messages, follow, mute, lists of theirs', async () => {
    const [ada, ben] = await trio()
    await as(ada, 'PUT', `/users/${ben.id}/block`)
    for (const [one, other] of [
      [ada, ben],
      [ben, ada],
    ] as const) {
      for (const [method, path] of [
        ['GET', `/users/${other.id}`],
        ['GET', `/users/@${other.handle}`],
        ['GET', `/users/${other.id}/messages`],
        ['GET', `/users/${other.id}/followers`],
        ['GET', `/users/${other.id}/following`],
        ['PUT', `/users/${other.id}/follow`],
        ['DELETE', `/users/${other.id}/follow`],
        ['PUT', `/users/${other.id}/mute`],
      ] as const) {
        expect([method, path, await code(one, method, path)]).toEqual([method, path, 'no_such_user'])
      }
    }
    await as(ada, 'DELETE', `/users/${ben.id}/block`)
    expect((await as(ben, 'PUT', `/users/${ada.id}/follow`)).status).toBe(200)
  })

  test('makes each other’s messages absent: by id, likes, likers, deletion', async () => {
    const [ada, ben, cy] = await trio()
    const id = await server.send(ada, 'hers')
    await as(ben, 'PUT', `/messages/${id}/like`)
    await as(cy, 'PUT', `/messages/${id}/like`)
    await as(ada, 'PUT', `/users/${ben.id}/block`)
    for (const [method, path] of [
      ['GET', `/messages/${id}`],
      ['GET', `/messages/${id}/likes`],
      ['PUT', `/messages/${id}/like`],
      ['DELETE', `/messages/${id}/like`],
      ['DELETE', `/messages/${id}`],
    ] as const) {
      expect([method, path, await code(ben, method, path)]).toEqual([method, path, 'no_such_message'])
    }
    expect((await as(cy, 'GET', `/messages/${id}`)).status).toBe(200)
    expect(await users(ada, `/messages/${id}/likes`)).toEqual([cy.handle])
    expect((await users(cy, `/messages/${id}/likes`)).toSorted()).toEqual([ben.handle, cy.handle])
  })

  test('hides from timelines, lists of others and search, both ways', async () => {
    const [ada, ben, cy] = await trio()
    await as(ben, 'PUT', `/users/${ada.id}/follow`)
    await as(ben, 'PUT', `/users/${cy.id}/follow`)
    await server.send(ada, 'of ada')
    await server.send(ben, 'of ben')
    await server.settled()
    expect(await texts(ada)).toContain('of ben')
    expect(await texts(ben)).toContain('of ada')
    await as(ada, 'PUT', `/users/${ben.id}/block`)
    expect(await texts(ada)).toEqual(['of ada'])
    expect(await texts(ben)).toEqual(['of ben'])
    expect(await users(ada, `/users/${cy.id}/followers`)).toEqual([ada.handle])
    expect(await users(ben, `/users/${cy.id}/followers`)).toEqual([ben.handle])
    expect(await users(ada, `/users?query=${ben.handle}`)).toEqual([])
    expect(await users(ben, `/users?query=${ada.handle}`)).toEqual([])
    expect(await users(cy, `/users?query=${ben.handle}`)).toEqual([ben.handle])
  })

  test('can be answered by a block, and then needs both to end', async () => {
    const [ada, ben] = await trio()
    await as(ada, 'PUT', `/users/${ben.id}/block`)
    expect((await as(ben, 'PUT', `/users/${ada.id}/block`)).body).toEqual({ ...no, blocked: true })
    await as(ada, 'DELETE', `/users/${ben.id}/block`)
    expect(await code(ada, 'GET', `/users/${ben.id}`)).toBe('no_such_user')
    await as(ben, 'DELETE', `/users/${ada.id}/block`)
    expect((await as(ada, 'GET', `/users/${ben.id}`)).status).toBe(200)
  })
})

test('nobody mutes or blocks themselves, or nobody', async () => {
  const [ada] = await trio()
  for (const what of ['mute', 'block']) {
    for (const method of ['PUT', 'DELETE']) {
      const oneself = await as(ada, method, `/users/${ada.id}/${what}`)
      expect([oneself.status, oneself.body.field]).toEqual([422, 'id'])
      expect(await code(ada, method, `/users/4503599627370496/${what}`)).toBe('no_such_user')
    }
  }
})

test('[P2] a timeline goes on past hundreds of messages of somebody who is suspended', async () => {
  const [ada, ben, cy] = await trio()
  const mod = await server.person(`mod${count}`)
  await server.engine.users.update(Number(mod.id), { role: 'moderator' })
  await server.send(cy, 'long ago')
  for (let i = 0; i < 700; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, j) => server.send(ben, `ben ${i + j}`)))
  }
  await server.settled()
  const json = { reason: 'spam' }
  expect((await server.ask('PUT', `/users/${ben.id}/suspension`, { token: mod.token, json })).status).toBe(200)
  const found: string[] = []
  for (let next: unknown = '', pages = 0; next !== undefined && pages < 10; pages++) {
    const { body } = await as(ada, 'GET', `/fetch${next === '' ? '' : `?before=${next}`}`)
    found.push(...(body.messages as { text: string }[]).map(({ text }) => text))
    next = body.next
  }
  expect(found).toEqual(['long ago'])
})
