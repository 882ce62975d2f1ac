import { afterAll, beforeEach, expect, test } from 'bun:test'
import { mediaUnusedMs } from '../../src/core/limits.ts'
import { asAvatar, notThere } from '../../src/ports/media.ts'
import { createAttachMedia } from '../../src/services/attach-media.ts'
import { createTidyMedia } from '../../src/services/tidy-media.ts'
import { png } from '../media/samples.ts'
import { form, read, upload } from '../media/upload.ts'
import { until } from '../until.ts'
import { openServer, type Person } from './harness.ts'

const server = openServer()
afterAll(() => server.close())
const { engine } = server
let number = 0
let ann: Person
beforeEach(async () => {
  ann = await server.person(`ann${++number}`)
})

const tidy = createTidyMedia({
  ...engine,
  drop: server.media.drop,
  clock: server.clock,
  log: (problem, error) => void server.mistakes.push(problem, error),
})
const tidied = () => tidy.round(new AbortController().signal)
const picture = async (who = ann) => (await upload(server, who, png(9, 9))).body as { id: string; url: string }
const send = (media: string[], who = ann) =>
  server.ask('POST', '/send', { token: who.token, json: { text: 'see', media } })
const statusOf = async ({ url }: { url: string }) => (await read(server, url)).status
/** So that all who ask at once have read before any of them writes. */
const slowly =
  <Asked extends unknown[], T>(read: (...asked: Asked) => Promise<T>) =>
  async (...asked: Asked) => {
    const found = await read(...asked)
    await new Promise(setImmediate)
    return found
  }
const bytesOf = (id: string) => server.blobs.read(id, 0, 1)

test('what nothing shows goes after a day, row and bytes, and what is shown stays', async () => {
  const [unused, shown] = [await picture(), await picture()]
  await send([shown.id])
  await tidied()
  expect([await statusOf(unused), await statusOf(shown)]).toEqual([200, 200])
  server.pass(mediaUnusedMs + 1_000)
  await tidied()
  expect([await statusOf(unused), await statusOf(shown)]).toEqual([404, 200])
  expect(await engine.media.one(unused.id)).toBeUndefined()
  expect([await bytesOf(unused.id), await bytesOf(`${unused.id}.preview`)]).toEqual([undefined, undefined])
  expect(await bytesOf(shown.id)).toBeDefined()
  expect(tidy.stats().use.image!.count).toBeGreaterThan(0)
})

test('it goes with its message, whoever deletes it', async () => {
  const warden = await server.person(`warden${number}`)
  await engine.users.update(Number(warden.id), { role: 'moderator' })
  for (const who of [ann, warden]) {
    const medium = await picture()
    const { body } = await send([medium.id])
    expect((await server.ask('DELETE', `/messages/${body.id}`, { token: who.token })).status).toBe(204)
    expect(await statusOf(medium)).toBe(404)
    await until(async () => (await engine.media.one(medium.id)) === undefined)
    expect(await bytesOf(medium.id)).toBeUndefined()
  }
})

test('it goes with what --keep takes away, and with what a crash left half stored', async () => {
  const [old, half] = [await picture(), await picture()]
  const { body } = await send([old.id])
  await server.settled()
  await engine.media.pass(half.id, 0, notThere)
  await engine.retention.expire(Number(body.id) + 1, 1_000)
  server.pass(mediaUnusedMs)
  await tidied()
  for (const { id } of [old, half])
    expect([await engine.media.one(id), await bytesOf(id)]).toEqual([undefined, undefined])
})

test('it is hidden while its owner is suspended, and goes with the account', async () => {
  const warden = await server.person(`warden${number}`)
  await engine.users.update(Number(warden.id), { role: 'moderator' })
  const [shown, unused, face] = [await picture(), await picture(), await picture()]
  await send([shown.id])
  await server.ask('PATCH', '/users/me', { token: ann.token, json: { avatar: face.id } })
  const all = () => Promise.all([shown, unused, face].map(statusOf))
  expect(await all()).toEqual([200, 200, 200])
  const suspension = `/users/${ann.id}/suspension`
  await server.ask('PUT', suspension, { token: warden.token, json: { reason: 'rude' } })
  expect(await all()).toEqual([404, 404, 404])
  await server.ask('DELETE', suspension, { token: warden.token })
  expect(await all()).toEqual([200, 200, 200])

  const again = await server.ask('POST', '/sessions', {
    json: { handle: ann.handle, password: `password of ${ann.handle}` },
  })
  await server.ask('DELETE', '/users/me', { token: again.body.token as string })
  expect(await all()).toEqual([404, 404, 404])
  await until(async () => {
    const { media } = await engine.media.ofOwner(Number(ann.id), undefined, 10)
    return media.every(({ use }) => use === notThere)
  })
  server.pass(mediaUnusedMs)
  await tidied()
  expect(await engine.media.usage(Number(ann.id))).toEqual({ count: 0, bytes: 0 })
})

test('another picture of oneself takes the former one’s place, and it is gone', async () => {
  const [former, next] = [await picture(), await picture()]
  const choose = (avatar: string) => server.ask('PATCH', '/users/me', { token: ann.token, json: { avatar } })
  expect((await choose(former.id)).body.avatar).toBe(`${former.url}/preview`)
  expect((await choose(former.id)).status).toBe(200)
  expect((await choose(next.id)).body.avatar).toBe(`${next.url}/preview`)
  expect([await statusOf(former), await statusOf(next)]).toEqual([404, 200])
  await tidied()
  await tidied()
  expect(await statusOf(next)).toBe(200)
})

test('of several pictures that are chosen at once one stays, and it is the one that is shown', async () => {
  const made = [await picture(), await picture(), await picture()]
  const choose = ({ id: avatar }: { id: string }) =>
    server.ask('PATCH', '/users/me', { token: ann.token, json: { avatar } })
  const { many } = engine.users
  Object.assign(engine.users, { many: slowly(many) })
  await Promise.all(made.map(choose)).finally(() => Object.assign(engine.users, { many }))
  const { avatar } = (await server.ask('GET', '/users/me', { token: ann.token })).body
  for (const one of made) expect(await statusOf(one)).toBe(avatar === `${one.url}/preview` ? 200 : 404)
})

test('a picture that is taken twice at once is taken', async () => {
  const { id } = await picture()
  const { one } = engine.media
  Object.assign(engine.media, { one: slowly(one) })
  const takes = Array.from({ length: 2 }, () => server.media.claimAvatar(Number(ann.id), id))
  await Promise.all(takes).finally(() => Object.assign(engine.media, { one }))
  expect((await engine.media.one(id))!.use).toBe(asAvatar)
})

test('an Idempotency-Key repeats the first success, whatever is sent; 404 once that is gone', async () => {
  const headers = { 'Idempotency-Key': 'once' }
  const put = (file: Uint8Array | string) => server.ask('POST', '/media', { ...form(file), headers, token: ann.token })
  const first = await put(png(9, 9))
  const second = await put('something else')
  expect([second.status, second.body]).toEqual([201, first.body])
  expect(await engine.media.usage(Number(ann.id))).toMatchObject({ count: 1 })
  const { body } = await send([first.body.id as string])
  expect((await put('a third')).body).toEqual(first.body)
  await server.ask('DELETE', `/messages/${body.id}`, { token: ann.token })
  const gone = await put('a fourth')
  expect([gone.status, gone.body.code]).toEqual([404, 'no_such_media'])
  // A refusal is not remembered, and a key of one kind is none of another.
  const other = { headers: { 'Idempotency-Key': 'other' }, token: ann.token }
  expect((await server.ask('POST', '/media', { ...form(''), ...other })).status).toBe(422)
  expect((await server.ask('POST', '/send', { json: { text: 'a' }, ...other })).status).toBe(201)
  expect((await server.ask('POST', '/media', { ...form('a'), ...other })).status).toBe(201)
})

test('a message that is sent again with its key shows what it showed', async () => {
  const medium = await picture()
  const again = () =>
    server.ask('POST', '/send', {
      token: ann.token,
      json: { media: [medium.id] },
      headers: { 'Idempotency-Key': 'message' },
    })
  const [first, second] = [await again(), await again()]
  expect([first.status, second.status]).toEqual([201, 201])
  expect(second.body).toMatchObject({ id: first.body.id, media: [medium] })
})

test('two tries of one message at once both give it all it shows', async () => {
  const ids = [(await picture()).id, (await picture()).id]
  const one = slowly(engine.media.one)
  const { attach, read } = createAttachMedia({ ...engine, media: { ...engine.media, one }, clock: server.clock })
  const media = await read(Number(ann.id), ids)
  await Promise.all([attach(media, 4_711), attach(media, 4_711)])
  for (const id of ids) expect((await engine.media.one(id))!.use).toBe(4_711)
})

test('of many messages at once exactly one shows it', async () => {
  const medium = await picture()
  const all = await Promise.all(Array.from({ length: 10 }, () => send([medium.id])))
  expect(all.filter(({ status }) => status === 201)).toHaveLength(1)
  for (const { status, body } of all) {
    // The others are told that it is another’s, or is about to be.
    if (status !== 201) expect([status, body.field]).toEqual([status === 503 ? 503 : 422, 'media[0]'])
  }
})

test('who has used up the room for uploads is told so', async () => {
  const usage = engine.media.usage
  engine.media.usage = async () => ({ count: 1, bytes: 11 * 2 ** 30 })
  const { status, body } = await upload(server, ann, png(9, 9))
  engine.media.usage = usage
  expect([status, body.code, body.field]).toEqual([422, 'media_quota', 'file'])
})

test('no mistake of ours was logged', () => expect(server.mistakes).toEqual([]))
