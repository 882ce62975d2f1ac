import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openServer, type Person, type TestServer } from './harness.ts'

/** A page that is asked for again while nothing changes is kept; whatever does change must show at once. */
let server: TestServer
let reader: Person
let author: Person
let ids: string[]
beforeAll(async () => {
  server = openServer()
  reader = await server.person('reader')
  author = await server.person('author')
  await server.ask('PUT', `/users/${author.id}/follow`, { token: reader.token })
  ids = [await server.send(author, 'one'), await server.send(author, 'two'), await server.send(author, 'three')]
  await server.settled()
})
afterAll(() => server.close())

interface Seen {
  messages: {
    id: string
    text: string
    likes: number
    author: { id: string; name: string }
    you: { liked: boolean }
  }[]
  cursor: string
}
const ask = async () => server.ask('GET', '/fetch?length=20', { token: reader.token })
const page = async () => (await ask()).body as unknown as Seen
/** Asks until the page is the kept one, whose bytes are kept too. */
async function keep(): Promise<Seen> {
  for (let i = 0; i < 3; i++) await page()
  return page()
}

test('a page that nothing has changed comes again, its cursor and ETag included', async () => {
  await page()
  const [first, second, third] = [await ask(), await ask(), await ask()]
  expect(second.text).toBe(first.text)
  expect(third.text).toBe(first.text)
  expect(third.headers.get('etag')).toBe(first.headers.get('etag'))
  // Another reader's page, rendered in between, must not show through.
  await server.ask('GET', '/fetch?length=20', { token: author.token })
  expect((await ask()).text).toBe(first.text)
})

test('likes, one’s own and others’, also when they leave the count as it was', async () => {
  await keep()
  await server.ask('PUT', `/messages/${ids[0]}/like`, { token: reader.token })
  const mine = (await keep()).messages.at(-1)!
  expect([mine.likes, mine.you.liked]).toEqual([1, true])
  await server.ask('DELETE', `/messages/${ids[0]}/like`, { token: reader.token })
  await server.ask('PUT', `/messages/${ids[0]}/like`, { token: author.token })
  const theirs = (await page()).messages.at(-1)!
  expect([theirs.likes, theirs.you.liked]).toEqual([1, false])
})

test('an own message, before and after its fan-out', async () => {
  await keep()
  const id = await server.send(reader, 'mine')
  expect((await page()).messages[0]!.id).toBe(id)
  await server.settled()
  expect((await keep()).messages[0]!.id).toBe(id)
})

test('a new message of the followed', async () => {
  await keep()
  const id = await server.send(author, 'four')
  await server.settled()
  expect((await page()).messages[0]!.id).toBe(id)
})

test('a deletion', async () => {
  await keep()
  await server.ask('DELETE', `/messages/${ids[1]}`, { token: author.token })
  expect((await page()).messages.map((message) => message.id)).not.toContain(ids[1]!)
})

test('a new name of an author', async () => {
  await keep()
  await server.ask('PATCH', '/users/me', { token: author.token, json: { name: 'Renamed' } })
  const names = (await page()).messages.filter(({ author: by }) => by.id === author.id).map(({ author: by }) => by.name)
  expect(new Set(names)).toEqual(new Set(['Renamed']))
})

test('unfollowing and following', async () => {
  await keep()
  await server.ask('DELETE', `/users/${author.id}/follow`, { token: reader.token })
  expect((await page()).messages.map((message) => message.author.id)).not.toContain(author.id)
  await keep()
  await server.ask('PUT', `/users/${author.id}/follow`, { token: reader.token })
  expect((await page()).messages.map((message) => message.author.id)).toContain(author.id)
})

test('another length asks for another page', async () => {
  await keep()
  const short = await server.ask('GET', '/fetch?length=1', { token: reader.token })
  expect((short.body as unknown as Seen).messages.length).toBe(1)
  expect((await page()).messages.length).toBeGreaterThan(1)
})

test('the cursor of a kept page leads on: what comes after it comes by `since`', async () => {
  const { cursor } = await keep()
  const id = await server.send(author, 'later')
  await server.settled()
  const since = await server.ask('GET', `/fetch?since=${cursor}`, { token: reader.token })
  expect((since.body as unknown as Seen).messages.map((message) => message.id)).toEqual([id])
})
