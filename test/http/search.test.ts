import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { openServer, type Person, type TestServer } from './harness.ts'

interface Page {
  readonly messages: { id: string; text: string; author: { handle: string }; likes: number; you: object }[]
  readonly next?: string
}

describe('GET /search', () => {
  let server: TestServer
  let ada: Person
  let bob: Person
  beforeAll(async () => {
    server = openServer()
    ada = await server.person('ada')
    bob = await server.person('bob')
  })
  afterAll(() => server.close())

  async function search(query: string, more = ''): Promise<Page> {
    const got = await server.ask('GET', `/search?query=${encodeURIComponent(query)}${more}`, { token: bob.token })
    expect(got.status).toBe(200)
    return got.body as unknown as Page
  }

  test('messages of anybody that hold every word, newest first, whole', async () => {
    const one = await server.send(ada, 'The first Swallow of the year #birds')
    const two = await server.send(bob, 'One swallow does not make a summer')
    await server.send(ada, 'A summer without')
    await server.settled()
    await server.ask('PUT', `/messages/${one}/like`, { token: bob.token })

    expect((await search('swallow')).messages.map(({ id }) => id)).toEqual([two, one])
    expect((await search('SUMMER  swallow')).messages.map(({ id }) => id)).toEqual([two])
    expect(await search('swallow winter')).toEqual({ messages: [] })
    const page = await search('#Birds')
    expect(page.messages).toMatchObject([
      {
        id: one,
        text: 'The first Swallow of the year #birds',
        author: { handle: 'ada' },
        likes: 1,
        you: { liked: true },
      },
    ])
    expect((await search('birds')).messages).toEqual(page.messages)
    expect(await search('#swallow')).toEqual({ messages: [] })
  })

  test('in pages, and from before any message', async () => {
    const ids: string[] = []
    for (let i = 0; i < 25; i++) ids.push(await server.send(ada, `page ${i}`))
    await server.settled()
    const seen: string[] = []
    let next: string | undefined = ''
    for (const length of [20, 5]) {
      const page: Page = await search('page', next && `&before=${next}`)
      expect(page.messages).toHaveLength(length)
      seen.push(...page.messages.map(({ id }) => id))
      next = page.next
    }
    expect(next).toBeUndefined()
    expect(seen).toEqual(ids.toReversed())
    const middle = await search('page', `&length=3&before=${ids[10]}`)
    expect(middle.messages.map(({ text }) => text)).toEqual(['page 9', 'page 8', 'page 7'])
    expect(middle.next).toBe(ids[7]!)
  })

  test('what was deleted is gone at once, and a page is filled past it', async () => {
    const ids: string[] = []
    for (let i = 0; i < 6; i++) ids.push(await server.send(ada, `fleeting ${i}`))
    await server.settled()
    for (const id of ids.slice(2)) await server.ask('DELETE', `/messages/${id}`, { token: ada.token })
    const page = await search('fleeting', '&length=2')
    expect(page.messages.map(({ text }) => text)).toEqual(['fleeting 1', 'fleeting 0'])
    expect(page.next).toBeUndefined()
  })

  test('a block hides both ways, in pages filled past it; a mute hides nothing', async () => {
    const cy = await server.person('cy')
    for (let i = 0; i < 3; i++) await server.send(cy, `walled ${i}`)
    const own = await server.send(bob, 'walled by bob')
    for (let i = 3; i < 6; i++) await server.send(cy, `walled ${i}`)
    await server.settled()
    const texts = async (length: number) =>
      (await search('walled', `&length=${length}`)).messages.map((message) => message.text)
    await server.ask('PUT', `/users/${cy.id}/mute`, { token: bob.token })
    expect(await texts(2)).toEqual(['walled 5', 'walled 4'])
    for (const [blocker, blocked] of [
      [bob, cy],
      [cy, bob],
    ] as const) {
      await server.ask('PUT', `/users/${blocked.id}/block`, { token: blocker.token })
      expect(await search('walled', '&length=2')).toEqual({ messages: [expect.objectContaining({ id: own })] } as never)
      await server.ask('DELETE', `/users/${blocked.id}/block`, { token: blocker.token })
    }
    expect(await texts(100)).toHaveLength(7)
  })

  test('the longest query that is taken', async () => {
    expect(await search('x'.repeat(200))).toEqual({ messages: [] })
    const sixteen = Array.from({ length: 16 }, (_, i) => `w${i}`).join(' ')
    const id = await server.send(ada, `${sixteen} and more`)
    await server.settled()
    expect((await search(sixteen)).messages.map((message) => message.id)).toEqual([id])
  })
})
