import { expect, test } from 'bun:test'
import type { Pair } from './same-pair.ts'
import { SocketPair } from './same-sockets.ts'

const text = (text: string) => ({ json: { text } })
const wrong = 'x'.repeat(43)

/** The WebSocket, row by row of API.md. */
export function live(pair: Pair): void {
  test('hello: by frame, header and cookie; wrong tokens, frames before it, subprotocols', async () => {
    await pair.people('hal', 'hue')
    const origin = { origin: '{address}' }
    const openings = [
      [{}, { token: '{hal}' }],
      [{ authorization: 'Bearer {hal}' }, {}],
      [{ cookie: 'rookery={hal}', ...origin }, {}],
      [{ cookie: 'rookery={hal}', ...origin }, { token: '{hue}' }],
      [{ authorization: 'Bearer {hal}' }, { token: '{hue}' }],
      [{ cookie: `rookery=${wrong}`, origin: 'http://evil.example' }, { token: '{hal}' }],
    ] as const
    for (const [headers, hello] of openings) {
      for (const protocols of [undefined, ['rookery.v1'], ['other', 'rookery.v1']]) {
        const sockets = await SocketPair.open(pair, { headers, ...(protocols && { protocols }) })
        sockets.send({ op: 'hello', ...hello })
        await sockets.next('ready')
        sockets.close()
      }
    }
    const refused = [
      [{ authorization: `Bearer ${wrong}` }, undefined],
      [{ authorization: 'Basic YTpi' }, undefined],
      [{ cookie: `rookery=${wrong}`, ...origin }, undefined],
      [{ cookie: 'rookery={hal}', origin: 'http://evil.example' }, {}],
      [{}, {}],
      [{}, { token: wrong }],
    ] as const
    for (const [headers, hello] of refused) {
      const sockets = await SocketPair.open(pair, { headers })
      if (hello) sockets.send({ op: 'hello', ...hello })
      await sockets.closed(4401)
    }
    const sockets = await SocketPair.open(pair)
    for (const frame of [
      'nonsense',
      '{"op":"hello","token":7}',
      '{"op":"hello","since":5}',
      '{"op":"hello","preview":-1}',
    ]) {
      sockets.send(frame)
      await sockets.next('error')
    }
    await sockets.ask({ op: 'fetch' })
    sockets.send({ op: 'hello', token: '{hal}', since: 'nonsense' })
    await sockets.next('error')
    sockets.send({ op: 'hello', token: '{hal}', preview: 3, x: 1 })
    await sockets.next('ready', { halAt: 'cursor' })
    sockets.send({ op: 'hello', token: '{hal}' })
    await sockets.next('error')
    const other = await SocketPair.open(pair)
    other.send({ op: 'hello', token: '{hue}', since: '{halAt}' })
    await other.closed(4410)
    const asking = await SocketPair.open(pair)
    for (let i = 0; i < 40; i++) asking.send({ op: 'fetch', ref: `${i}` })
    await asking.closed(4401)
    await pair.same('', 'GET /socket')
    await pair.same('hal', 'POST /socket')
  })

  test('requests: each op as over HTTP, and each way of getting it wrong', async () => {
    await pair.people('ora', 'oli')
    const sockets = await SocketPair.ready(pair, 'ora')
    await sockets.ask({ op: 'fetch' }, { o0: 'ok.cursor' })
    for (let i = 0; i < 3; i++) await sockets.ask({ op: 'fetch', since: '{o0}' })
    await sockets.ask({ op: 'send', text: 'mine', userID: '{oraId}' }, { o1: 'ok.id' })
    for (const body of ['once', 'other', '', 7]) await sockets.ask({ op: 'send', text: body, key: 'a key' })
    for (const key of ['', 5, 'a\u0000', 'k'.repeat(129)]) await sockets.ask({ op: 'send', text: 'a', key })
    await pair.same('ora', 'POST /send', { ...text('over HTTP'), headers: { 'idempotency-key': 'a key' } })
    for (const more of [{}, { length: 1 }, { length: 100, preview: 2 }, { before: '{o1}' }])
      await sockets.ask({ op: 'fetch', ...more })
    for (const op of ['like', 'like', 'unlike', 'unlike', 'like']) await sockets.ask({ op, id: '{o1}' })
    for (const notify of [undefined, true, undefined, false])
      await sockets.ask({ op: 'follow', id: '{oliId}', ...(notify !== undefined && { notify }) })
    for (const op of ['unfollow', 'unfollow', 'follow']) await sockets.ask({ op, id: '{oliId}' })
    for (const frame of wrongFrames) await sockets.ask(frame as { op: string })
    for (const frame of notFrames) {
      sockets.send(frame)
      await sockets.next('error')
    }
    await sockets.ask({ op: 'fetch' })
    sockets.close()
    for (const [frame, code] of [['x'.repeat(65_537), 1009]] as const) {
      const large = await SocketPair.ready(pair, 'oli')
      large.send(frame)
      await large.closed(code)
    }
  })

  test('a page of a socket ends before 48 KiB and says that there is more', async () => {
    await pair.people('lou')
    for (let i = 0; i < 8; i++) await pair.same('lou', 'POST /send', text(`${i} ${'é'.repeat(5_000)}`))
    const sockets = await SocketPair.ready(pair, 'lou')
    await sockets.ask({ op: 'fetch', length: 100 }, { rest: 'ok.next' })
    await sockets.ask({ op: 'fetch', length: 100, before: '{rest}' })
    sockets.close()
  })

  test('live: messages in order with cursors that go on after each; own ones on other sockets; previews', async () => {
    await pair.people('lea', 'leo', 'lux')
    await pair.same('leo', 'PUT /users/{leaId}/follow')
    for (const name of ['leo', 'lea']) await pair.soonEverywhere(name, 'GET /users/me')
    const [leo, brief, phone, desk, lux] = await Promise.all([
      SocketPair.ready(pair, 'leo'),
      SocketPair.ready(pair, 'leo', { preview: 4 }),
      SocketPair.ready(pair, 'lea'),
      SocketPair.ready(pair, 'lea'),
      SocketPair.ready(pair, 'lux'),
    ])
    for (let i = 0; i < 6; i++) await pair.same('lea', 'POST /send', text(`live ${i}`))
    await phone.ask({ op: 'send', text: 'from the phone' })
    await leo.messages(7)
    await brief.messages(7)
    await desk.messages(7)
    await phone.messages(6)
    await lux.messages(0)
    const cursors = leo.clients.map((client) => client.frames.filter((frame) => frame.event === 'message')[2]!.cursor!)
    for (const [i, side] of pair.sides.entries()) side.words.set('third', cursors[i]!)
    for (let i = 0; i < 2; i++) {
      const again = await SocketPair.ready(pair, 'leo', { since: '{third}' })
      await again.messages(4)
      again.close()
    }
    await leo.ask({ op: 'unfollow', id: '{leaId}' })
    await pair.same('lea', 'POST /send', text('unseen'))
    await leo.ask({ op: 'follow', id: '{leaId}' })
    await pair.same('lea', 'POST /send', text('seen again'))
    await leo.messages(8)
    for (const each of [leo, brief, phone, desk, lux]) each.close()
  })

  test('deleted: told live to who follows, and after ready to who was away', async () => {
    await pair.people('dan', 'dot', 'dux')
    await pair.same('dot', 'PUT /users/{danId}/follow')
    const [dot, dux] = [await SocketPair.ready(pair, 'dot'), await SocketPair.ready(pair, 'dux')]
    for (let i = 0; i < 3; i++)
      await pair.same('dan', 'POST /send', { ...text(`gone ${i}`), keep: { [`g${i}`]: 'id' } })
    await dot.messages(3)
    for (const [i, side] of pair.sides.entries()) side.words.set('dotAt', dot.clients[i]!.lastCursor)
    await pair.same('dan', 'DELETE /messages/{g0}')
    await pair.same('dan', 'DELETE /messages/{g1}')
    await dot.deletions(2)
    await dux.deletions(0)
    const again = await SocketPair.ready(pair, 'dot', { since: '{dotAt}' })
    await again.deletions(2)
    await again.messages(0)
    for (const each of [dot, dux, again]) each.close()
  })

  test('watch: the present counts at once, then each change; replaced by the next; none of what is not there', async () => {
    await pair.people('wat', 'wit')
    for (const word of ['v0', 'v1']) await pair.same('wit', 'POST /send', { ...text(word), keep: { [word]: 'id' } })
    await pair.same('wit', 'PUT /messages/{v1}/like')
    const sockets = await SocketPair.ready(pair, 'wat')
    sockets.send({ op: 'watch', ids: ['{v0}', '{v1}', '5'] })
    await sockets.next('likes')
    await pair.same('wat', 'PUT /messages/{v0}/like')
    await sockets.counted('v0', 1)
    await pair.same('wit', 'PUT /messages/{v0}/like')
    await sockets.counted('v0', 2)
    await pair.same('wit', 'DELETE /messages/{v1}/like')
    await sockets.counted('v1', 0)
    await sockets.ask({ op: 'watch', ids: ['{v1}', '{v1}'] })
    await sockets.ask({ op: 'watch', ids: [] })
    await sockets.ask({ op: 'watch', ids: Array.from({ length: 200 }, (_, i) => `${i + 1}`) })
    sockets.close()
  })

  test('a token that dies closes its sockets 4401 wherever they are, and no others', async () => {
    await pair.people('tim')
    const logIn = { json: { handle: 'tim', password: 'password of tim' }, keep: { timToo: 'token' } }
    await pair.same('', 'POST /sessions', logIn)
    const sockets = await Promise.all([1, 2].map(() => SocketPair.ready(pair, 'timToo')))
    const stays = await SocketPair.ready(pair, 'tim')
    await pair.same('timToo', 'DELETE /sessions')
    for (const each of sockets) await each.closed(4401)
    await stays.ask({ op: 'fetch' })
    expect(stays.clients.map(({ closed }) => closed)).toEqual([undefined, undefined])
    stays.close()
  })
}

const wrongFrames = [
  { op: 'send' },
  { op: 'send', text: '' },
  { op: 'send', text: 5 },
  { op: 'send', text: 'x'.repeat(10_241) },
  { op: 'send', text: 'a\u0000b' },
  { op: 'send', text: '\ud800' },
  { op: 'send', text: 'a', userID: '{oliId}' },
  { op: 'send', text: 'a', replyTo: '5' },
  { op: 'send', boostOf: '5' },
  { op: 'send', text: 'a', media: ['x'] },
  { op: 'fetch', length: 0 },
  { op: 'fetch', length: '5' },
  { op: 'fetch', length: 1.5 },
  { op: 'fetch', since: 'x' },
  { op: 'fetch', since: '' },
  { op: 'fetch', before: '-1' },
  { op: 'fetch', before: '9007199254740992' },
  { op: 'fetch', since: '{o0}', before: '5' },
  { op: 'fetch', since: '{halAt}' },
  { op: 'fetch', userID: '{oliId}' },
  { op: 'like', id: '5' },
  { op: 'like', id: 5 },
  { op: 'like', id: '-5' },
  { op: 'like' },
  { op: 'unlike', id: '9007199254740991' },
  { op: 'follow', id: '5' },
  { op: 'follow', id: '{oraId}' },
  { op: 'follow', id: '{oliId}', notify: 1 },
  { op: 'unfollow', id: '9007199254740991' },
  { op: 'read', upTo: '5' },
  { op: 'read' },
  { op: 'watch', ids: 'all' },
  { op: 'watch', ids: Array.from({ length: 201 }, (_, i) => `${i + 1}`) },
  { op: 'watch', ids: ['5', '06'] },
]

const notFrames = [
  'nonsense',
  '',
  '[1]',
  'null',
  '{}',
  '{"op":5,"ref":"a"}',
  '{"op":"dance","ref":"a"}',
  '{"op":"fetch"}',
  '{"op":"fetch","ref":5}',
  `{"op":"fetch","ref":"${'x'.repeat(65)}"}`,
  '['.repeat(60_000),
]
