import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { fileStore, memoryStore, Rookery } from '../../src/sdk/index.ts'
import { temporaryFolder } from '../system/server.ts'
import { lasting, until } from '../until.ts'
import { TcpProxy } from './proxy.ts'
import { type Person, Reader, realServer } from './server.ts'

/** Texts by author, which each author numbers, in the order in which they were handed over. */
function byAuthor(reader: { texts: string[] }[]): Record<string, number[]> {
  const found: Record<string, number[]> = {}
  for (const text of reader.flatMap(({ texts }) => texts)) {
    const [author, number] = text.split(' ')
    ;(found[author!] ??= []).push(Number(number))
  }
  return found
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

test('each message once and each author in order, through cut connections, restarts and kills of the server, and new clients', async () => {
  const real = await realServer()
  const folder = temporaryFolder()
  const proxy = await TcpProxy.to(real.server.address)
  const authors = await Promise.all(['ann', 'ben', 'cid'].map((handle) => real.person(handle)))
  const reader = await real.person('reader', { url: proxy.address })
  for (const { id } of authors) await reader.client.follow(id)
  const path = join(folder.path, 'reader')
  const open = () => new Reader(new Rookery({ url: proxy.address, token: reader.client.token, store: fileStore(path) }))

  const count = 150
  let sent = 0
  async function publish({ client, handle }: Person): Promise<void> {
    for (const i of upTo(count)) {
      await client.send(`${handle} ${i}`)
      sent++
    }
  }
  const readers = [open()]
  await readers[0]!.first('online')
  const publishing = Promise.all(authors.map(publish))
  const handed = () => readers.reduce((sum, { texts }) => sum + texts.length, 0)
  const faults = [
    async () => proxy.cut(),
    async () => {
      await real.server.end('SIGKILL')
      await real.server.start()
    },
    async () => {
      await readers.at(-1)!.end()
      readers.push(open())
    },
    async () => {
      proxy.down()
      await lasting(50)
      proxy.up()
    },
    async () => {
      await real.server.end('SIGTERM')
      await real.server.start()
    },
  ]
  for (let round = 1; round <= 10; round++) {
    await until(() => sent >= (3 * count * round) / 11, 60_000)
    await faults[round % faults.length]!()
  }
  await publishing
  await until(() => handed() >= 3 * count, 30_000, 'all messages')
  await readers.at(-1)!.end()

  expect(readers.map(({ failure }) => failure).filter(Boolean)).toEqual([])
  expect(byAuthor(readers)).toEqual({ ann: upTo(count), ben: upTo(count), cid: upTo(count) })
  await proxy.close()
  await real.close()
  folder.remove()
}, 120_000)

test('what the server gives again is dropped; an expired cursor begins anew and says so; a stranger’s shows nothing', async () => {
  const real = await realServer()
  const store = memoryStore()
  const [ann, bob] = [await real.person('ann'), await real.person('bob', { store })]
  await bob.client.follow(ann.id)
  const open = () => new Reader(new Rookery({ url: real.server.address, token: bob.client.token, store }))
  const first = open()
  await first.first('online')
  const start = (await store.all('cursor')).get('cursor')!
  for (const i of upTo(5)) await ann.client.send(`ann ${i}`)
  await until(() => first.texts.length === 5)
  await until(async () => (await store.all('held:')).size === 5)
  await first.end()

  // As after a fault: the server goes through all of it again.
  await store.set({ cursor: start })
  const second = open()
  await second.first('online')
  await ann.client.send('ann 5')
  await until(() => second.texts.length > 0)
  await second.end()
  expect(second.texts).toEqual(['ann 5'])

  // Left in the middle, the event that was not taken comes again.
  await ann.client.send('ann 6')
  for await (const event of new Rookery({ url: real.server.address, token: bob.client.token, store }).stream()) {
    if (event.type === 'message') break
  }
  const third = open()
  await until(() => third.texts.length > 0)
  await third.end()
  expect(third.texts).toEqual(['ann 6'])

  for (const cursor of [(await ann.client.fetch({ length: 1 })).cursor, 'never a cursor']) {
    await store.set({ cursor })
    const lost = open()
    const { page } = await lost.first('reset')
    expect(page.messages.map(({ text }) => text)).toContain('ann 6')
    await ann.client.send('afterwards')
    await until(() => lost.texts.length > 0)
    expect(lost.texts).toEqual(['afterwards'])
    await lost.end()
  }

  const wrong = new Reader(new Rookery({ url: real.server.address, token: 'wrong', store }))
  await wrong.ended()
  expect(wrong.failure).toMatchObject({ code: 'unauthorized', status: 401 })
  expect((await store.all('message:')).size).toBe(0)
  await real.close()
}, 60_000)

test('an application slower than the stream loses nothing, and what waits for it has a bound', async () => {
  const real = await realServer()
  const proxy = await TcpProxy.to(real.server.address)
  const [ann, bob] = [await real.person('ann'), await real.person('bob', { url: proxy.address })]
  await bob.client.follow(ann.id)
  const count = 1_500
  const events = bob.client.stream()
  await events.next()
  const before = proxy.connections
  for (let i = 0; i < count; i += 50) {
    for (const sent of upTo(50).map((j) => ann.client.send(`ann ${i + j}`))) await sent
  }
  const got: string[] = []
  while (got.length < count) {
    const { value } = await events.next()
    if (value?.type === 'message') got.push(value.message.text)
  }
  await events.return()
  expect(new Set(got).size).toBe(count)
  // It let go of the connection when too much waited, and came back.
  expect(proxy.connections).toBeGreaterThan(before)
  await proxy.close()
  await real.close()
}, 60_000)

test('without a WebSocket, and for who only catches up, pages bring the same', async () => {
  const real = await realServer()
  const store = memoryStore()
  const ann = await real.person('ann')
  const bob = await real.person('bob', { store, WebSocket: null })
  await bob.client.follow(ann.id)
  await bob.client.fetch()
  const gone = await ann.client.send('gone')
  for (const i of upTo(250)) await ann.client.send(`ann ${i}`)
  await ann.client.deleteMessage(gone.id)

  const caughtUp = new Reader(bob.client, { live: false })
  await caughtUp.ended()
  expect(caughtUp.texts).toEqual(upTo(250).map((i) => `ann ${i}`))
  expect((await bob.client.cached()).messages).toHaveLength(250)

  const polling = new Reader(bob.client)
  await polling.first('online')
  const last = await ann.client.send('live')
  await until(() => polling.texts.length > 0, 10_000)
  await ann.client.deleteMessage(last.id)
  expect((await polling.first('deleted', 10_000)).id).toBe(last.id)
  await polling.end()
  expect(polling.texts).toEqual(['live'])
  await real.close()
}, 60_000)
