import { afterAll, expect, test } from 'bun:test'
import { until } from '../until.ts'
import { type Account, call, LiveReader, PollingReader, sendSurely, signUp, wholeTimeline } from './client.ts'
import { ServerProcess, temporaryFolder } from './server.ts'

const folder = temporaryFolder()
const server = new ServerProcess(folder.path, ['--hot-followers', '12'])

afterAll(async () => {
  await server.end('SIGKILL')
  folder.remove()
})

/**
 * API.md, "What a cursor promises": 20 readers (16 on sockets that fall, 4 that poll), 12 authors (two of them hot), one
 * SIGTERM and two kill -9 in the middle; every acknowledged message reaches every follower once, in its author's order.
 */
test('nothing is skipped and the order holds through falling sockets, a drain and two kills', async () => {
  await server.start()
  const address = server.address
  const accounts = await Promise.all(Array.from({ length: 32 }, (_, i) => signUp(address, `person${i}`)))
  const authors = accounts.slice(0, 12)
  const readers = accounts.slice(12)
  const follows = (reader: number, author: number) => author < 2 || (reader * 7 + author * 5) % 3 !== 0

  const followersOf = new Map<string, Account[]>()
  for (const [r, reader] of readers.entries()) {
    for (const [a, author] of authors.entries()) {
      if (!follows(r, a)) continue
      await call(address, 'PUT', `/users/${author.id}/follow`, { token: reader.token })
      followersOf.set(author.id, [...(followersOf.get(author.id) ?? []), reader])
    }
  }
  const live = readers.slice(0, 16).map((reader) => new LiveReader(address, reader))
  const polling = readers.slice(16).map((reader) => new PollingReader(address, reader))
  await Promise.all([...live.map((reader) => reader.start()), ...polling.map((reader) => reader.poll())])

  const sent = new Map<string, string[]>(authors.map((author) => [author.id, []]))
  let publishing = true
  let acknowledged = 0
  const writers = authors.map(async (author, a) => {
    for (let i = 0; publishing; i++) {
      sent.get(author.id)!.push(await sendSurely(address, author, `${a}:${i}`, `${a}-${i}`))
      acknowledged++
    }
  })
  const falling = (async () => {
    for (let i = 0, from = 0; publishing; i++) {
      // While the server is away nothing is acknowledged, and nothing more falls.
      await until(() => acknowledged > from + 5 || !publishing, 60_000)
      from = acknowledged
      live[i % live.length]!.drop()
    }
  })()
  const pollers = polling.map(async (reader) => {
    while (publishing) await reader.poll(7)
  })

  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    const from = acknowledged
    await until(() => acknowledged > from + 200, 20_000, '200 more acknowledged messages')
    const status = await server.end(signal)
    if (signal === 'SIGTERM') expect(status).toBe(0)
    await server.start()
  }
  const from = acknowledged
  await until(() => acknowledged > from + 200, 20_000, '200 more acknowledged messages')
  publishing = false
  await Promise.all([...writers, ...pollers, falling])

  const expected = new Map<string, Set<string>>()
  for (const [author, ids] of sent) {
    for (const reader of followersOf.get(author) ?? []) {
      const set = expected.get(reader.id) ?? new Set()
      for (const id of ids) set.add(id)
      expected.set(reader.id, set)
    }
  }
  const complete = (reader: LiveReader | PollingReader) =>
    [...(expected.get(reader.account.id) ?? [])].every((id) => reader.has(id))
  await until(
    async () => {
      await Promise.all(polling.map((reader) => reader.poll()))
      return [...live, ...polling].every(complete)
    },
    30_000,
    'every reader having everything',
  )

  for (const reader of [...live, ...polling]) {
    const wanted = expected.get(reader.account.id)!
    const ids = reader.seen.map((message) => message.id)
    expect(new Set(ids)).toEqual(wanted)
    for (const [author, order] of sent) {
      const got = reader.seen.filter((message) => message.author.id === author).map((message) => message.id)
      expect(got).toEqual(wanted.has(order[0]!) ? order : [])
    }
  }
  for (const reader of live) expect(reader.problems).toEqual([])
  const [someone] = readers
  const pages = await wholeTimeline(address, someone!, 37)
  expect(pages.map((message) => message.id)).toEqual(
    [...expected.get(someone!.id)!].sort((a, b) => Number(b) - Number(a)),
  )
  for (const reader of live) reader.stop()
  expect(await server.end('SIGTERM')).toBe(0)
}, 120_000)
