import { afterEach, beforeEach, expect, test } from 'bun:test'
import { idAt, type MessageId } from '../../src/core/ids.ts'
import { keepAgeMsMin } from '../../src/core/limits.ts'
import { type EmbeddedEngine, openEmbedded } from '../../src/engines/embedded/index.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { createRetain } from '../../src/services/retention.ts'
import { call, logIn, sendSurely, signUp, wholeTimeline } from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'
import { memoryBytes } from './support.ts'

const dayMs = 86_400_000

let folder: ReturnType<typeof temporaryFolder>
let server: ServerProcess | undefined
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(async () => {
  await server?.end('SIGKILL')
  server = undefined
  folder.remove()
})

const engine = () => openEmbedded({ data: folder.path, memoryBytes })

/** Messages of one author, done, one a minute from so many days ago; smallest id first. */
async function storeOld(
  { messages, outboxRows }: EmbeddedEngine,
  author: number,
  days: number,
  count: number,
  text = 'old',
): Promise<MessageId[]> {
  const from = Date.now() - days * dayMs
  const ids = Array.from({ length: count }, (_, i) => idAt(from + i * 60_000))
  const store = (id: MessageId) => {
    const body = `"id":"${id}","text":"${text}","createdAt":"2025-01-01T00:00:00.000Z","media":[],"mentions":[]`
    return messages.store({ id, author, mode: 'pushed', prev: [], crossed: false, body })
  }
  await Promise.all(ids.map(store))
  await outboxRows.done(ids)
  return ids
}

test('--keep takes what is older, and shows nothing of it, while a server runs and after', async () => {
  server = new ServerProcess(folder.path)
  await server.start()
  const ann = await signUp(server.address, 'ann')
  await server.end('SIGTERM')
  const opened = await engine()
  const old = await storeOld(opened, Number(ann.id), 30, 700)
  const young = await storeOld(opened, Number(ann.id), 6, 3)
  for (let user = 1; user <= 300; user++) await opened.likes.like(user, old[0]!)
  await opened.close()

  server = new ServerProcess(folder.path, ['--keep', '7d'])
  await server.start()
  const { address } = server
  const fresh = await sendSurely(address, ann, 'new', 'new')
  const kept = [fresh, ...young.toReversed().map(String)]
  // At once: what is still being taken is hidden already.
  expect((await wholeTimeline(address, ann)).map(({ id }) => id)).toEqual(kept)
  expect((await call(address, 'GET', `/messages/${old[699]}`, { token: ann.token })).status).toBe(404)
  await until(async () => {
    const { body } = await call<{ messages: number }>(address, 'GET', `/users/${ann.id}`, { token: ann.token })
    return body.messages === kept.length
  })
  const taken = async () =>
    (await (await fetch(`${address}/metrics`)).text()).includes('rookery_retention_taken_total 700')
  await until(taken)
  expect(await server.end('SIGTERM')).toBe(0)

  // Gone, not hidden.
  server = new ServerProcess(folder.path)
  await server.start()
  expect((await wholeTimeline(server.address, ann)).map(({ id }) => id)).toEqual(kept)
  expect((await logIn(server.address, 'ann')).status).toBe(201)
})

test('--keep with a size takes the oldest until it is held, but nothing a cursor may still bring', async () => {
  const opened = await engine()
  const { retention, messages } = opened
  const old = await storeOld(opened, 1, 30, 2_000, 'x'.repeat(2_000))
  const young = await storeOld(opened, 1, 5, 1_000, 'x'.repeat(2_000))
  const removed: MessageId[] = []
  const retain = (bytes: number) =>
    createRetain({
      retention,
      bodies: { remove: (id) => removed.push(id) },
      clock: systemClock,
      keep: { bytes },
    })
  const whole = retention.bytes()!
  const bound = Math.floor(whole * 0.8)
  await retain(bound).round(new AbortController().signal)
  expect(retention.bytes()).toBeLessThanOrEqual(bound)
  expect(removed).toEqual(old.slice(0, removed.length))
  expect(removed.length).toBeLessThan(1_000)

  const hopeless = retain(1)
  await hopeless.round(new AbortController().signal)
  expect(removed).toEqual(old)
  expect((await messages.many(young)).every((record) => record !== undefined)).toBe(true)
  expect(young[0]).toBeGreaterThan(idAt(Date.now() - keepAgeMsMin))
  await opened.close()
})

test('a round ends when it is aborted, and the next one goes on', async () => {
  const opened = await engine()
  const old = await storeOld(opened, 1, 30, 1_000)
  const stop = new AbortController()
  const removed: MessageId[] = []
  const bodies = {
    remove(id: MessageId) {
      removed.push(id)
      stop.abort()
    },
  }
  const { retention } = opened
  const retain = createRetain({ retention, bodies, clock: systemClock, keep: { ageMs: keepAgeMsMin } })
  await retain.round(stop.signal)
  expect(removed.length).toBeLessThan(old.length)
  await retain.round(new AbortController().signal)
  expect(removed).toEqual(old)
  expect(retain.stats().taken).toBe(old.length)
  await opened.close()
})
