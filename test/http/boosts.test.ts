import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { until } from '../until.ts'
import { openServer, type Person, type TestServer } from './harness.ts'

interface MessageJson {
  id: string
  text: string
  author: { id: string }
  replyTo?: string
  boostOf?: MessageJson
  mentions: { id: string; handle: string }[]
  likes: number
  boosts: number
  replies: number
  truncated?: boolean
  you: { liked: boolean; boosted: boolean }
}

let server: TestServer
let ann: Person
let ben: Person
let cat: Person
beforeAll(async () => {
  server = openServer()
  ann = await server.person('ann')
  ben = await server.person('ben')
  cat = await server.person('cat')
  // Ben reads Ann; Cat reads Ben alone.
  await server.ask('PUT', `/users/${ann.id}/follow`, { token: ben.token })
  await server.ask('PUT', `/users/${ben.id}/follow`, { token: cat.token })
})
afterAll(async () => {
  await server.close()
  expect(server.mistakes).toEqual([])
})

const send = (person: Person, json: object, headers: Record<string, string> = {}) =>
  server.ask('POST', '/send', { token: person.token, json, headers })
const get = async (person: Person, path: string) =>
  (await server.ask('GET', path, { token: person.token })).body as unknown as MessageJson
const status = async (person: Person, call: string) => {
  const [method, path] = call.split(' ') as [string, string]
  return (await server.ask(method, path, { token: person.token })).status
}
const list = async (person: Person, path: string) =>
  (await server.ask('GET', path, { token: person.token })).body as unknown as { messages: MessageJson[]; next?: string }
const ids = (messages: readonly MessageJson[]) => messages.map((message) => message.id)

describe('boosts', () => {
  test('a boost is a message of the booster around what it boosts, and a second one is the first', async () => {
    const original = await server.send(ann, 'boost me')
    const boosted = await send(ben, { boostOf: original })
    expect(boosted.status).toBe(201)
    const boost = boosted.body as unknown as MessageJson
    expect(boosted.headers.get('location')).toBe(`/messages/${boost.id}`)
    expect(boost).toMatchObject({
      text: '',
      author: { id: ben.id },
      mentions: [],
      boostOf: { id: original, text: 'boost me', author: { id: ann.id }, boosts: 1, you: { boosted: true } },
    })
    expect(boost.boostOf?.boostOf).toBeUndefined()
    const again = await send(ben, { boostOf: original, text: '', media: [] })
    expect(again.status).toBe(200)
    expect(again.body).toEqual(boosted.body)
    // Its own fan-out.
    await server.settled()
    expect(ids((await list(cat, '/fetch')).messages)).toEqual([boost.id])
    expect((await list(cat, '/fetch')).messages[0]).toMatchObject({
      boostOf: { id: original, you: { liked: false, boosted: false } },
    })
    expect(ids((await list(ann, `/users/${ben.id}/messages`)).messages)).toEqual([boost.id])
    expect(await get(ann, `/messages/${original}`)).toMatchObject({ boosts: 1, you: { boosted: false } })
    expect(await get(ben, `/messages/${original}`)).toMatchObject({ boosts: 1, you: { boosted: true } })
  })

  test('a boost of a boost is one of the original, and so is all else that is said to it', async () => {
    const original = await server.send(ann, 'twice removed')
    const first = (await send(ben, { boostOf: original })).body.id as string
    const second = (await send(cat, { boostOf: first })).body as unknown as MessageJson
    expect(second.boostOf?.id).toBe(original)
    expect((await send(cat, { boostOf: original })).body.id).toBe(second.id)
    const liked = await server.ask('PUT', `/messages/${first}/like`, { token: cat.token })
    expect(liked.body).toEqual({ liked: true, likes: 1 })
    const reply = (await send(cat, { text: 'well', replyTo: second.id })).body as unknown as MessageJson
    expect(reply.replyTo).toBe(original)
    const shown = { likes: 1, boosts: 2, replies: 1, you: { liked: true, boosted: true } }
    expect(await get(cat, `/messages/${first}`)).toMatchObject({ ...shown, boostOf: { id: original, ...shown } })
    expect(ids((await list(cat, `/messages/${first}/replies`)).messages)).toEqual([reply.id])
    expect((await server.ask('GET', `/messages/${first}/likes`, { token: ann.token })).body.users).toHaveLength(1)
    expect(await status(cat, `DELETE /messages/${first}/boost`)).toBe(204)
    expect(await get(cat, `/messages/${original}`)).toMatchObject({ boosts: 1, you: { liked: true, boosted: false } })
  })

  test('of many that are made at once one is made, and the others are told that it was there', async () => {
    const original = await server.send(ann, 'at once')
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(ben, { boostOf: original })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201])
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
  })

  test('a key shows its boost to nobody from whom the original is hidden since', async () => {
    const [dora, eli] = [await server.person('dora'), await server.person('eli')]
    const original = await server.send(dora, 'seen once')
    const key = { 'idempotency-key': 'once' }
    expect((await send(eli, { boostOf: original }, key)).status).toBe(201)
    expect((await send(eli, { boostOf: original }, key)).status).toBe(201)
    expect(await status(dora, `PUT /users/${eli.id}/block`)).toBe(200)
    for (const json of [{ boostOf: original }, { text: 'something else' }]) {
      const again = await send(eli, json, key)
      expect([again.status, again.body.code]).toEqual([404, 'no_such_message'])
    }
  })

  test('taking it back removes it by either id, also when there is none, and it can be made anew', async () => {
    const original = await server.send(ann, 'on and off')
    const first = (await send(ben, { boostOf: original })).body.id as string
    for (let i = 0; i < 2; i++) expect(await status(ben, `DELETE /messages/${original}/boost`)).toBe(204)
    expect(await status(ben, `GET /messages/${first}`)).toBe(404)
    const second = await send(ben, { boostOf: original })
    expect([second.status, second.body.id === first]).toEqual([201, false])
    expect(await status(cat, `DELETE /messages/${second.body.id}`)).toBe(403)
    expect(await status(ben, `DELETE /messages/${second.body.id}`)).toBe(204)
    expect(await get(ben, `/messages/${original}`)).toMatchObject({ boosts: 0, you: { boosted: false } })
    expect((await send(ben, { boostOf: original })).status).toBe(201)
    expect(await status(ben, 'DELETE /messages/1/boost')).toBe(404)
  })

  test('it goes when the original does, from pages, lists and counts', async () => {
    const original = await server.send(ann, 'not for long')
    const before = (await list(cat, '/fetch')).messages.length
    const boost = (await send(ben, { boostOf: original })).body.id as string
    await send(cat, { boostOf: original })
    await server.settled()
    const { cursor } = (await list(cat, '/fetch')) as { cursor?: string }
    expect((await list(cat, '/fetch')).messages.length).toBe(before + 2)
    const { messages } = (await server.ask('GET', '/users/me', { token: ben.token })).body as { messages: number }
    expect(await status(ann, `DELETE /messages/${original}`)).toBe(204)
    // Hidden at once.
    expect((await list(cat, '/fetch')).messages.length).toBe(before)
    for (const call of [
      'GET /messages/ID',
      'PUT /messages/ID/like',
      'GET /messages/ID/replies',
      'DELETE /messages/ID/boost',
    ])
      expect(await status(ben, call.replace('ID', boost))).toBe(404)
    expect((await send(cat, { boostOf: boost })).body).toMatchObject({ code: 'no_such_message', field: 'boostOf' })
    expect((await send(cat, { boostOf: original })).status).toBe(404)
    // Deleted soon, so that whoever shows it is told.
    const count = async () => (await server.ask('GET', '/users/me', { token: ben.token })).body.messages
    await until(async () => (await count()) === messages - 1)
    const since = await list(cat, `/fetch?since=${cursor}`)
    expect((since as unknown as { deleted: string[] }).deleted).toContain(boost)
  })

  test('a preview cuts the text of what is boosted', async () => {
    const original = await server.send(ann, 'a👍longer text')
    await send(ben, { boostOf: original })
    await server.settled()
    const [newest] = (await list(cat, '/fetch?preview=3')).messages
    expect(newest).toMatchObject({ text: '', boostOf: { text: 'a👍l', truncated: true, boosts: 1 } })
    expect(newest!.truncated).toBeUndefined()
  })

  test('a newest page that is kept shows what has become of what is boosted', async () => {
    const original = await server.send(ann, 'kept')
    const boost = (await send(ben, { boostOf: original })).body.id as string
    await server.settled()
    const [first] = (await list(cat, '/fetch')).messages
    expect(first).toMatchObject({ id: boost, boostOf: { likes: 0 } })
    await server.ask('PUT', `/messages/${original}/like`, { token: ann.token })
    expect((await list(cat, '/fetch')).messages[0]).toMatchObject({ boostOf: { likes: 1 } })
    await send(ann, { text: 'a reply', replyTo: original })
    expect((await list(cat, '/fetch')).messages[0]).toMatchObject({ boostOf: { likes: 1, replies: 1 } })
  })

  test('many at once are one', async () => {
    const original = await server.send(ann, 'at once')
    const made = await Promise.all(Array.from({ length: 20 }, () => send(ben, { boostOf: original })))
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1)
    expect(made.filter((one) => one.status === 201).length).toBeGreaterThan(0)
    expect((await get(ann, `/messages/${original}`)).boosts).toBe(1)
  })

  test('tries of one key at once are one, and all answered as the first', async () => {
    const dee = await server.person('dee')
    const original = await server.send(ann, 'at once')
    const { idempotency } = server.engine
    const { find } = idempotency
    // So that who asks at once has looked before anything is made.
    const slowly: typeof find = async (...asked) => {
      const found = await find(...asked)
      await new Promise(setImmediate)
      return found
    }
    Object.assign(idempotency, { find: slowly })
    const again = () => send(dee, { boostOf: original }, { 'Idempotency-Key': 'at once' })
    const made = await Promise.all(Array.from({ length: 10 }, again))
    Object.assign(idempotency, { find })
    expect(made.map(({ status }) => status)).toEqual(Array(10).fill(201))
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1)
  })

  test('a key answers with the first success, whatever has become of the boost', async () => {
    const [one, two] = [await server.send(ann, 'one'), await server.send(ann, 'two')]
    const key = (name: string) => ({ 'Idempotency-Key': name })
    const first = await send(ben, { boostOf: one }, key('b1'))
    for (const json of [{ boostOf: one }, { boostOf: two }, { text: 'no boost' }, { boostOf: '1' }]) {
      const again = await send(ben, json, key('b1'))
      expect([again.status, again.body.id]).toEqual([201, first.body.id])
    }
    // The first success of this key was a repeat.
    for (const json of [{ boostOf: one }, { boostOf: one }, { text: 'no boost' }, { text: 'no boost' }]) {
      const again = await send(ben, json, key('b2'))
      expect([again.status, again.body.id]).toEqual([200, first.body.id])
    }
    await server.ask('DELETE', `/messages/${one}/boost`, { token: ben.token })
    for (const name of ['b1', 'b2']) expect((await send(ben, { boostOf: one }, key(name))).status).toBe(404)
    expect((await send(ben, { boostOf: one }, key('b3'))).status).toBe(201)
    const text = await send(ben, { text: 'first' }, key('b4'))
    expect((await send(ben, { boostOf: two }, key('b4'))).body.id).toBe(text.body.id)
    expect((await get(ann, `/messages/${two}`)).boosts).toBe(0)
  })
})

describe('who is hidden', () => {
  test('whose boosts a reader would see, of whom they muted or blocked they see none; the blocked answer and boost nothing', async () => {
    const [dan, eve] = [await server.person('dan'), await server.person('eve')]
    const by = (person: Person, method: string, path: string) => server.ask(method, path, { token: person.token })
    await by(eve, 'PUT', `/users/${ben.id}/follow`)
    const original = await server.send(dan, 'of dan')
    const boost = (await send(ben, { boostOf: original })).body.id as string
    await server.settled()
    const sees = async () => ids((await list(eve, '/fetch')).messages).includes(boost)
    expect(await sees()).toBe(true)
    await by(eve, 'PUT', `/users/${dan.id}/mute`)
    expect(await sees()).toBe(false)
    // Muting hides from the timeline alone.
    expect(await status(eve, `GET /messages/${boost}`)).toBe(200)
    expect(ids((await list(eve, `/users/${ben.id}/messages`)).messages)).toContain(boost)
    await by(eve, 'DELETE', `/users/${dan.id}/mute`)
    expect(await sees()).toBe(true)
    await by(dan, 'PUT', `/users/${eve.id}/block`)
    expect(await sees()).toBe(false)
    expect(ids((await list(eve, `/users/${ben.id}/messages`)).messages)).not.toContain(boost)
    for (const id of [original, boost]) {
      for (const call of [
        'GET /messages/ID',
        'GET /messages/ID/replies',
        'PUT /messages/ID/like',
        'DELETE /messages/ID/boost',
      ])
        expect([call, await status(eve, call.replace('ID', id))]).toEqual([call, 404])
      for (const name of ['replyTo', 'boostOf']) {
        const json = name === 'replyTo' ? { text: 'no', replyTo: id } : { boostOf: id }
        expect((await send(eve, json)).body).toMatchObject({ code: 'no_such_message', field: name })
      }
    }
    expect((await send(eve, { text: 'not @dan but @ben' })).body.mentions).toEqual([{ id: ben.id, handle: 'ben' }])
    // Nor does either see what the other answers.
    const parent = await server.send(ben, 'between them')
    const answer = (await send(dan, { text: 'from dan', replyTo: parent })).body.id as string
    expect(ids((await list(eve, `/messages/${parent}/replies`)).messages)).toEqual([])
    expect(ids((await list(ben, `/messages/${parent}/replies`)).messages)).toEqual([answer])
  })
})

describe('replies', () => {
  test('a reply names what it answers, which counts it and lists it, oldest first', async () => {
    const parent = await server.send(ann, 'a question')
    const replies: string[] = []
    for (let i = 0; i < 5; i++)
      replies.push((await send(ben, { text: `answer ${i}`, replyTo: parent })).body.id as string)
    expect((await get(cat, `/messages/${replies[0]}`)).replyTo).toBe(parent)
    expect((await get(cat, `/messages/${parent}`)).replies).toBe(5)
    const path = `/messages/${parent}/replies`
    expect(ids((await list(cat, path)).messages)).toEqual(replies)
    const seen: string[] = []
    let next: string | undefined
    do {
      const page = await list(cat, `${path}?length=2${next ? `&before=${next}` : ''}`)
      seen.push(...ids(page.messages))
      next = page.next
    } while (next !== undefined)
    expect(seen).toEqual(replies)
    // With a message's id, only smaller ones come, and the pages go on below it.
    const below = await list(cat, `${path}?length=2&before=${replies[3]}`)
    expect(ids(below.messages)).toEqual(replies.slice(0, 2))
    const rest = await list(cat, `${path}?length=2&before=${below.next}`)
    expect([ids(rest.messages), rest.next]).toEqual([[replies[2]!], undefined])
    for (const bad of ['x', `${below.next}0`, '%00', ''])
      expect((await server.ask('GET', `${path}?before=${bad}`, { token: cat.token })).body.field).toBe('before')
    expect(await status(cat, `GET /messages/${replies[0]}/replies?before=${below.next}`)).toBe(422)
  })

  test('replies of replies stand with what they answer; a deleted one is neither listed nor counted', async () => {
    const parent = await server.send(ann, 'root')
    const child = (await send(ben, { text: 'child', replyTo: parent })).body.id as string
    const grandchild = (await send(cat, { text: 'grandchild', replyTo: child })).body.id as string
    expect(ids((await list(ann, `/messages/${child}/replies`)).messages)).toEqual([grandchild])
    expect(await status(cat, `DELETE /messages/${grandchild}`)).toBe(204)
    expect((await get(ann, `/messages/${child}`)).replies).toBe(0)
    expect((await list(ann, `/messages/${child}/replies`)).messages).toEqual([])
    // What answers a deleted message stays.
    expect(await status(ann, `DELETE /messages/${parent}`)).toBe(204)
    expect(await status(ann, `GET /messages/${parent}/replies`)).toBe(404)
    expect((await get(ann, `/messages/${child}`)).replyTo).toBe(parent)
    const gone = await send(ben, { text: 'too late', replyTo: parent })
    expect([gone.status, gone.body.code, gone.body.field]).toEqual([404, 'no_such_message', 'replyTo'])
  })

  test('a key repeats a reply, also once what it answers is gone', async () => {
    const parent = await server.send(ann, 'keyed')
    const headers = { 'Idempotency-Key': 'r1' }
    const first = await send(ben, { text: 'once', replyTo: parent }, headers)
    expect((await send(ben, { text: 'once', replyTo: parent }, headers)).body.id).toBe(first.body.id)
    expect((await get(ann, `/messages/${parent}`)).replies).toBe(1)
    await status(ann, `DELETE /messages/${parent}`)
    const again = await send(ben, { text: 'once', replyTo: parent }, headers)
    expect([again.status, again.body.id]).toEqual([201, first.body.id])
  })
})

describe('mentions', () => {
  test('handles become mentions once, in lower case; nobody’s stay text', async () => {
    const { body } = await send(ann, { text: '@BEN, @cat: write to x@ben @nobody_here @ben @ann' })
    expect((body as unknown as MessageJson).mentions).toEqual([
      { id: ben.id, handle: 'ben' },
      { id: cat.id, handle: 'cat' },
      { id: ann.id, handle: 'ann' },
    ])
    expect(body.text).toBe('@BEN, @cat: write to x@ben @nobody_here @ben @ann')
    expect((await get(ben, `/messages/${body.id}`)).mentions).toHaveLength(3)
  })
})
