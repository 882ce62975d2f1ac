import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { until } from '../until.ts'
import { serverSide } from './described.ts'
import { Client, type Gateway, openGateway, type Person } from './harness.ts'
import { RawClient } from './raw-client.ts'

let gateway: Gateway
let ann: Person
let bob: Person
beforeAll(async () => {
  gateway = openGateway()
  ann = await gateway.person('ann')
  bob = await gateway.person('bob')
})
afterAll(() => {
  expect(gateway.problems).toEqual([])
  gateway.close()
})

describe('requests', () => {
  test('fetch answers as HTTP would: pages, since, nothing new', async () => {
    const client = await Client.ready(gateway, ann)
    const empty = await client.ask({ op: 'fetch', ref: '1' })
    expect(empty.ok).toMatchObject({ messages: [], more: false })
    const since = empty.ok!.cursor as string
    for (let i = 0; i < 3; i++)
      expect(await client.ask({ op: 'fetch', ref: `n${i}`, since })).toMatchObject({ ok: { messages: [] } })
    await client.ask({ op: 'send', ref: '2', text: 'mine' })
    const page = await client.ask({ op: 'fetch', ref: '3', length: 5 })
    expect(page.ok!.messages).toHaveLength(1)
    await gateway.settled()
    const news = await client.ask({ op: 'fetch', ref: '4', since })
    expect(news.ok).toMatchObject({ messages: [{ text: 'mine' }], more: false })
    expect(client.raw.at(-1)).toStartWith('{"ref":"4","ok":{"messages":[{')
  })

  test('polls see a message that arrived, and go on from the new cursor', async () => {
    const reader = await gateway.person('poller')
    await gateway.follow(reader, bob)
    const client = await Client.ready(gateway, reader)
    let since = client.lastCursor
    const seen: string[] = []
    for (let i = 0; i < 40; i++) {
      if (i % 4 === 0) {
        await gateway.publish(bob, `p${i}`)
        await gateway.settled()
      }
      const { ok } = await client.ask({ op: 'fetch', ref: `${i}`, since })
      for (const { text } of ok!.messages as { text: string }[]) seen.push(text)
      since = ok!.cursor as string
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => `p${i * 4}`))
  })

  test('a page ends before 48 KiB and says that there is more', async () => {
    const writer = await gateway.person('writer')
    for (let i = 0; i < 12; i++) await gateway.publish(writer, `${i}${'é'.repeat(5_000)}`)
    const client = await Client.ready(gateway, writer)
    const texts: string[] = []
    let before: string | undefined
    do {
      const { ok } = await client.ask({ op: 'fetch', ref: `${before}`, length: 100, ...(before && { before }) })
      const answer = client.raw.find((raw) => raw.startsWith(`{"ref":"${before}"`))!
      expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(50 * 1024)
      texts.push(...(ok!.messages as { text: string }[]).map(({ text }) => text))
      before = ok!.next as string | undefined
    } while (before !== undefined)
    expect(texts.map((text) => Number.parseInt(text, 10))).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
  })

  test('like, unlike, follow, unfollow; read is not available yet', async () => {
    const client = await Client.ready(gateway, ann)
    const id = String(await gateway.publish(bob, 'like me'))
    expect((await client.ask({ op: 'like', ref: 'l', id })).ok).toEqual({ liked: true, likes: 1 })
    expect((await client.ask({ op: 'like', ref: 'l2', id })).ok).toEqual({ liked: true, likes: 1 })
    expect((await client.ask({ op: 'unlike', ref: 'u', id })).ok).toEqual({ liked: false, likes: 0 })
    expect((await client.ask({ op: 'follow', ref: 'f', id: String(bob.id), notify: true })).ok).toEqual({
      following: true,
      followedBy: false,
      notify: true,
      muted: false,
      blocked: false,
    })
    expect((await client.ask({ op: 'unfollow', ref: 'g', id: String(bob.id) })).ok).toMatchObject({ following: false })
    expect((await client.ask({ op: 'read', ref: 'r', upTo: '5' })).ok).toEqual({ unread: 0 })
  })

  test('a key makes a repeated send the same message', async () => {
    const client = await Client.ready(gateway, ann)
    const first = await client.ask({ op: 'send', ref: 'a', text: 'once', key: 'k1' })
    const again = await client.ask({ op: 'send', ref: 'b', text: 'other', key: 'k1' })
    expect(again.ok).toEqual(first.ok!)
    const wrong = { op: 'send', text: '', userID: 7 }
    expect((await client.ask({ ...wrong, ref: 'c', key: 'k1' })).ok).toEqual(first.ok!)
    for (const [i, key] of ['k2', '', 5, 'a\u0000'].entries()) {
      expect((await client.ask({ ...wrong, ref: `wrong ${i}`, key })).error?.field).toBeString()
    }
  })

  test.each([
    [{ op: 'send', text: '' }, 'text_empty', 'text'],
    [{ op: 'send', text: 5 }, 'invalid', 'text'],
    [{ op: 'send', text: 'x'.repeat(10_241) }, 'text_too_long', 'text'],
    [{ op: 'send', text: 'a\u0000b' }, 'invalid', 'text'],
    [{ op: 'send', text: 'a', userID: '5' }, 'not_yours', 'userID'],
    [{ op: 'fetch', length: 0 }, 'invalid', 'length'],
    [{ op: 'fetch', length: '5' }, 'invalid', 'length'],
    [{ op: 'fetch', since: 'x' }, 'invalid', 'since'],
    [{ op: 'fetch', before: 'x' }, 'invalid', 'before'],
    [{ op: 'fetch', userID: '5' }, 'not_yours', 'userID'],
    [{ op: 'like', id: '5' }, 'no_such_message', undefined],
    [{ op: 'like', id: '-5' }, 'invalid', 'id'],
    [{ op: 'like' }, 'invalid', 'id'],
    [{ op: 'follow', id: '5' }, 'no_such_user', undefined],
    [{ op: 'watch', ids: 'all' }, 'invalid', 'ids'],
    [{ op: 'watch', ids: Array.from({ length: 201 }, (_, i) => `${i + 1}`) }, 'invalid', 'ids'],
    [{ op: 'watch', ids: ['5', '06'] }, 'invalid', 'ids[1]'],
  ])('%j is refused', async (frame, code, field) => {
    const client = await Client.ready(gateway, ann)
    const { error } = await client.ask({ ...frame, ref: 'x' })
    expect(error).toMatchObject(field === undefined ? { code } : { code, field })
    expect(error!.detail).toMatch(/\w+.*\.$/)
    client.close()
  })

  test('refs are echoed as they came', async () => {
    const client = await Client.ready(gateway, ann)
    for (const ref of ['', 'a"b\\c', 'ä👍', ' ', 'x'.repeat(64), '👍'.repeat(64), '0', '__proto__']) {
      client.send({ op: 'fetch', ref })
      await until(() => client.frames.at(-1)!.ref === ref)
    }
  })

  test.each([
    ['nonsense', 'bad_json'],
    ['', 'bad_json'],
    ['[1]', 'bad_request'],
    ['null', 'bad_request'],
    ['7', 'bad_request'],
    ['{}', 'bad_request'],
    ['{"op":5,"ref":"a"}', 'bad_request'],
    ['{"op":"dance","ref":"a"}', 'bad_request'],
    ['{"op":"toString","ref":"a"}', 'bad_request'],
    ['{"op":"fetch"}', 'invalid'],
    ['{"op":"fetch","ref":5}', 'invalid'],
    [`{"op":"fetch","ref":"${'x'.repeat(65)}"}`, 'invalid'],
    [`{"op":"fetch","ref":"${'👍'.repeat(65)}"}`, 'invalid'],
    ['{"op":"watch","ref":[],"ids":[]}', 'invalid'],
    [`${'['.repeat(60_000)}`, 'bad_json'],
  ])('%j is an error without a ref', async (text, code) => {
    const client = await Client.ready(gateway, ann)
    client.send(text)
    const { error, ref } = await client.next('error')
    expect(ref).toBeUndefined()
    expect(error!.code).toBe(code)
    expect(client.raw.at(-1)).toStartWith('{"error":{')
    expect(await client.ask({ op: 'fetch', ref: 'still' })).toHaveProperty('ok')
    client.close()
  })

  test('binary is an error; too large closes 1009; invalid UTF-8 closes 1007', async () => {
    const client = await Client.ready(gateway, ann)
    client.socket.send(new Uint8Array([123, 125]))
    expect((await client.next('error')).error!.code).toBe('bad_request')
    const padded = (bytes: number) => `{"op":"fetch","ref":"fits"}`.padEnd(bytes)
    client.send(padded(65_536))
    expect(await client.next('ref:fits')).toHaveProperty('ok')
    client.send(padded(65_537))
    expect(await client.closeCode()).toBe(1009)

    const raw = await RawClient.open(gateway.port)
    raw.frame(1, new Uint8Array([0x22, 0xff, 0x22]))
    await until(() => raw.gone)
    expect(raw.closeCode).toBe(1007)
  })

  test('a thousand requests at once are all answered', async () => {
    const client = await Client.ready(gateway, bob)
    for (let i = 0; i < 1_000; i++) client.send({ op: 'fetch', ref: `${i}` })
    await until(() => client.frames.length === 1_001)
    expect(new Set(client.frames.map((frame) => frame.ref)).size).toBe(1_001)
  })
})

describe('watch', () => {
  test('the present counts at once, then changes at most twice a second, the last one exact', async () => {
    const client = await Client.ready(gateway, ann)
    const ids = [await gateway.publish(bob, 'a'), await gateway.publish(bob, 'b')]
    await gateway.like(bob, ids[1]!)
    client.send({ op: 'watch', ids: ids.map(String) })
    expect((await client.next('likes')).counts).toEqual({ [ids[0]!]: 0, [ids[1]!]: 1 })
    const began = performance.now()
    const before = client.frames.length
    for (let i = 0; i < 40; i++) {
      await gateway.like(await gateway.person(`liker${i}`), ids[0]!)
      await Bun.sleep(20)
    }
    const seconds = (performance.now() - began) / 1_000
    await until(() => client.frames.at(-1)!.counts?.[ids[0]!] === 40)
    const frames = client.frames.slice(before)
    expect(frames.length).toBeLessThanOrEqual(Math.ceil(2 * seconds) + 1)
    expect(frames.every((frame) => frame.counts && Object.keys(frame.counts).length === 1)).toBeTrue()
  })

  test('replaces what was watched, and nothing watched is nothing told', async () => {
    const client = await Client.ready(gateway, ann)
    const [one, two] = [await gateway.publish(bob, 'a'), await gateway.publish(bob, 'b')]
    expect(await client.ask({ op: 'watch', ref: 'w', ids: [String(one)] })).toHaveProperty('ok')
    client.send({ op: 'watch', ids: [String(two), String(two)] })
    await client.next('likes')
    await until(() => client.frames.at(-1)!.counts?.[two] === 0)
    await gateway.like(ann, one)
    await gateway.like(ann, two)
    await until(() => client.frames.at(-1)!.counts?.[two] === 1)
    expect(client.frames.at(-1)!.counts).toEqual({ [two]: 1 })
    await client.ask({ op: 'watch', ref: 'none', ids: [] })
    await gateway.like(bob, two)
    await Bun.sleep(600)
    expect(client.frames.at(-1)!.ref).toBe('none')
  })
})

describe('what clients may not break', () => {
  // `Client` holds every frame of every test here to that; this one meets them all.
  test('[D2] frames are as AsyncAPI’s document says, both ways', async () => {
    const gateway = openGateway()
    const [ann, bob] = [await gateway.person('ann'), await gateway.person('bob')]
    const client = await Client.ready(gateway, ann)
    const asked: object[] = [
      { op: 'follow', id: String(bob.id), notify: true },
      { op: 'send', text: 'x', key: 'k' },
      { op: 'fetch', length: 5, preview: 10 },
      { op: 'watch', ids: ['5'] },
    ]
    for (const [i, frame] of asked.entries()) await client.ask({ ...frame, ref: `${i}` } as never)
    await client.next('likes')
    const id = String(await gateway.publish(bob, 'y'))
    await client.next('message')
    await client.next('notification')
    for (const op of ['like', 'unlike']) await client.ask({ op, ref: op, id })
    await gateway.road.deleteMessage(bob.id, Number(id))
    await client.next('deleted')
    await client.ask({ op: 'unfollow', ref: 'u', id: String(bob.id) })
    await client.ask({ op: 'read', ref: 'r', upTo: id })
    client.send('x')
    await client.next('error')
    const drained = gateway.hub.drain(0)
    await client.next('moving')
    await drained
    const met = client.frames.map(({ event, ref, error }) => event ?? (error ? 'refusal' : client.answerName(ref!)))
    // `lagged` comes to a client that does not read (flow.test.ts).
    expect([...new Set(met)].sort()).toEqual(serverSide.filter((name) => name !== 'lagged').sort())
    gateway.close()
  })

  test('a thousand random frames leave the server as it was', async () => {
    let seed = 7
    const random = (n: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      return (seed >>> 8) % n
    }
    const pieces = [
      '{"op":"',
      'fetch',
      'watch',
      'send',
      'hello',
      '","ref":"',
      'x',
      '","',
      'ids',
      '":[',
      '"1"',
      ']}',
      '{',
      '}',
      '\\u',
      'since',
      '":"',
      '"',
      ',',
      'null',
      '1e999',
      'text',
      ':',
    ]
    for (let round = 0; round < 10; round++) {
      const client = await RawClient.open(gateway.port)
      if (round % 2 === 0) client.send({ op: 'hello', token: ann.token })
      for (let i = 0; i < 100 && !client.gone; i++) {
        const kind = random(10)
        if (kind < 7) client.frame(1, Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join(''))
        else if (kind === 7)
          client.frame(
            2,
            Uint8Array.from({ length: random(300) }, () => random(256)),
          )
        else if (kind === 8)
          client.frame(
            9,
            Uint8Array.from({ length: random(100) }, () => random(256)),
          )
        else if (random(20) === 0)
          client.frame(
            random(16),
            Uint8Array.from({ length: random(300) }, () => random(256)),
          )
        else if (random(19) === 0) client.tcp.write(Uint8Array.from({ length: random(50) }, () => random(256)))
        if (i % 20 === 0) await Bun.sleep(0)
      }
      client.destroy()
    }
    await until(() => gateway.hub.stats().sockets < 40)
    const client = await Client.ready(gateway, bob)
    expect(await client.ask({ op: 'fetch', ref: 'alive' })).toHaveProperty('ok')
  })
})
