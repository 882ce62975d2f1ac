import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Asked, openServer, type Person, type TestServer } from './harness.ts'

/** What is asked, and how it must be refused: status, code and, where one is at fault, the field. */
interface Case {
  what: string
  method: string
  path: string
  asked?: Asked
  /** Without this, the request carries a good token. */
  anonymous?: true
  refused: [status: number, code: string, field?: string]
}

const json = (body: unknown): Asked => ({ json: body })
const raw = (body: string | Uint8Array, type = 'application/json'): Asked => ({
  raw: body,
  headers: { 'content-type': type },
})
const user = (change: object): Asked => json({ handle: 'somebody', password: 'long enough', ...change })
const deep = `${'['.repeat(10_000)}${']'.repeat(10_000)}`

const accounts: Case[] = [
  {
    what: 'no handle',
    method: 'POST',
    path: '/users',
    asked: json({ password: 'long enough' }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'an empty handle',
    method: 'POST',
    path: '/users',
    asked: user({ handle: '' }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a handle too long',
    method: 'POST',
    path: '/users',
    asked: user({ handle: 'a'.repeat(31) }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a handle with a hyphen',
    method: 'POST',
    path: '/users',
    asked: user({ handle: 'a-b' }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a handle with a newline at its end',
    method: 'POST',
    path: '/users',
    asked: user({ handle: 'ab\n' }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a handle of letters that only look like ASCII',
    method: 'POST',
    path: '/users',
    asked: user({ handle: 'аdа' }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a Kelvin sign, which lower-cases to k',
    method: 'POST',
    path: '/users',
    asked: user({ handle: '\u212Aing' }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a handle that is a number',
    method: 'POST',
    path: '/users',
    asked: user({ handle: 7 }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a handle that is null',
    method: 'POST',
    path: '/users',
    asked: user({ handle: null }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a taken handle',
    method: 'POST',
    path: '/users',
    asked: user({ handle: 'ADA' }),
    refused: [409, 'handle_taken', 'handle'],
  },
  {
    what: 'no password',
    method: 'POST',
    path: '/users',
    asked: json({ handle: 'somebody' }),
    refused: [422, 'invalid', 'password'],
  },
  {
    what: 'a password of seven characters',
    method: 'POST',
    path: '/users',
    asked: user({ password: '1234567' }),
    refused: [422, 'invalid', 'password'],
  },
  {
    what: 'a password of seven characters in fourteen units',
    method: 'POST',
    path: '/users',
    asked: user({ password: '😀'.repeat(7) }),
    refused: [422, 'invalid', 'password'],
  },
  {
    what: 'a password of more than 1 KiB',
    method: 'POST',
    path: '/users',
    asked: user({ password: 'x'.repeat(1_025) }),
    refused: [422, 'invalid', 'password'],
  },
  {
    what: 'a password with NUL',
    method: 'POST',
    path: '/users',
    asked: user({ password: 'long\u0000enough' }),
    refused: [422, 'invalid', 'password'],
  },
  {
    what: 'a password that is a list',
    method: 'POST',
    path: '/users',
    asked: user({ password: ['long enough'] }),
    refused: [422, 'invalid', 'password'],
  },
  {
    what: 'an empty name',
    method: 'POST',
    path: '/users',
    asked: user({ name: ' ' }),
    refused: [422, 'invalid', 'name'],
  },
  {
    what: 'a name too long',
    method: 'POST',
    path: '/users',
    asked: user({ name: 'x'.repeat(101) }),
    refused: [422, 'invalid', 'name'],
  },
  {
    what: 'a name with a newline',
    method: 'POST',
    path: '/users',
    asked: user({ name: 'a\nb' }),
    refused: [422, 'invalid', 'name'],
  },
  {
    what: 'a name with a lone surrogate',
    method: 'POST',
    path: '/users',
    asked: raw('{"handle":"somebody","password":"long enough","name":"a\\ud800"}'),
    refused: [422, 'invalid', 'name'],
  },
  {
    what: 'a wrong password',
    method: 'POST',
    path: '/sessions',
    asked: json({ handle: 'ada', password: 'not the one' }),
    refused: [401, 'unauthorized'],
  },
  {
    what: 'an empty password',
    method: 'POST',
    path: '/sessions',
    asked: json({ handle: 'ada', password: '' }),
    refused: [401, 'unauthorized'],
  },
  {
    what: 'nobody’s handle',
    method: 'POST',
    path: '/sessions',
    asked: json({ handle: 'nobody', password: 'not the one' }),
    refused: [401, 'unauthorized'],
  },
  {
    what: 'a password that is a number',
    method: 'POST',
    path: '/sessions',
    asked: json({ handle: 'ada', password: 12345678 }),
    refused: [422, 'invalid', 'password'],
  },
  {
    what: 'a handle with a control character',
    method: 'POST',
    path: '/sessions',
    asked: json({ handle: 'ada\u0085', password: 'x' }),
    refused: [422, 'invalid', 'handle'],
  },
  {
    what: 'a name that is true',
    method: 'PATCH',
    path: '/users/me',
    asked: json({ name: true }),
    refused: [422, 'invalid', 'name'],
  },
  {
    what: 'a bio too long',
    method: 'PATCH',
    path: '/users/me',
    asked: json({ bio: 'x'.repeat(1_001) }),
    refused: [422, 'invalid', 'bio'],
  },
  {
    what: 'a bio with DEL',
    method: 'PATCH',
    path: '/users/me',
    asked: json({ bio: 'a\u007fb' }),
    refused: [422, 'invalid', 'bio'],
  },
  {
    what: 'a bio with a C1 control',
    method: 'PATCH',
    path: '/users/me',
    asked: json({ bio: 'a\u009bb' }),
    refused: [422, 'invalid', 'bio'],
  },
  {
    what: 'a bio with CR alone',
    method: 'PATCH',
    path: '/users/me',
    asked: json({ bio: 'a\rb' }),
    refused: [422, 'invalid', 'bio'],
  },
  {
    what: 'a picture',
    method: 'PATCH',
    path: '/users/me',
    asked: json({ avatar: 'abc' }),
    refused: [422, 'not_available', 'avatar'],
  },
]

const sending: Case[] = [
  { what: 'no text', method: 'POST', path: '/send', asked: json({}), refused: [422, 'invalid', 'text'] },
  {
    what: 'an empty text',
    method: 'POST',
    path: '/send',
    asked: json({ text: '' }),
    refused: [422, 'text_empty', 'text'],
  },
  {
    what: 'a text one byte too long',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'x'.repeat(10_241) }),
    refused: [422, 'text_too_long', 'text'],
  },
  {
    what: 'a text too long in bytes, not in characters',
    method: 'POST',
    path: '/send',
    asked: json({ text: '€'.repeat(3_414) }),
    refused: [422, 'text_too_long', 'text'],
  },
  {
    what: 'a text that is a number',
    method: 'POST',
    path: '/send',
    asked: json({ text: 5 }),
    refused: [422, 'invalid', 'text'],
  },
  {
    what: 'a text that is a list 9,999 deep',
    method: 'POST',
    path: '/send',
    asked: raw(`{"text":${deep}}`),
    refused: [422, 'invalid', 'text'],
  },
  {
    what: 'NUL in a text',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'a\u0000b' }),
    refused: [422, 'invalid', 'text'],
  },
  {
    what: 'ESC in a text',
    method: 'POST',
    path: '/send',
    asked: json({ text: '\u001b[31mred' }),
    refused: [422, 'invalid', 'text'],
  },
  {
    what: 'a lone surrogate in a text',
    method: 'POST',
    path: '/send',
    asked: raw('{"text":"\\udc00"}'),
    refused: [422, 'invalid', 'text'],
  },
  {
    what: 'somebody else’s userID',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'a', userID: '1' }),
    refused: [403, 'not_yours', 'userID'],
  },
  {
    what: 'a userID that is a number',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'a', userID: 1 }),
    refused: [422, 'invalid', 'userID'],
  },
  {
    what: 'replyTo',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'a', replyTo: '1' }),
    refused: [422, 'not_available', 'replyTo'],
  },
  {
    what: 'a malformed replyTo',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'a', replyTo: 'x' }),
    refused: [422, 'invalid', 'replyTo'],
  },
  {
    what: 'boostOf',
    method: 'POST',
    path: '/send',
    asked: json({ boostOf: '1' }),
    refused: [422, 'not_available', 'boostOf'],
  },
  {
    what: 'media',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'a', media: ['abc'] }),
    refused: [422, 'not_available', 'media'],
  },
  {
    what: 'media that are no list',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'a', media: 'abc' }),
    refused: [422, 'invalid', 'media'],
  },
  {
    what: 'a medium that is no string',
    method: 'POST',
    path: '/send',
    asked: json({ text: 'a', media: [5] }),
    refused: [422, 'invalid', 'media[0]'],
  },
  {
    what: 'an empty Idempotency-Key',
    method: 'POST',
    path: '/send',
    asked: { ...json({ text: 'a' }), headers: { 'Idempotency-Key': '' } },
    refused: [422, 'invalid', 'Idempotency-Key'],
  },
  {
    what: 'an Idempotency-Key too long',
    method: 'POST',
    path: '/send',
    asked: { ...json({ text: 'a' }), headers: { 'Idempotency-Key': 'k'.repeat(129) } },
    refused: [422, 'invalid', 'Idempotency-Key'],
  },
  {
    what: 'an Idempotency-Key that is not ASCII',
    method: 'POST',
    path: '/send',
    asked: { ...json({ text: 'a' }), headers: { 'Idempotency-Key': 'clé' } },
    refused: [422, 'invalid', 'Idempotency-Key'],
  },
]

const bodies: Case[] = [
  { what: 'no body', method: 'POST', path: '/send', refused: [400, 'bad_json'] },
  { what: 'an empty body', method: 'POST', path: '/send', asked: raw(''), refused: [400, 'bad_json'] },
  { what: 'half an object', method: 'POST', path: '/send', asked: raw('{"text":'), refused: [400, 'bad_json'] },
  { what: 'two objects', method: 'POST', path: '/send', asked: raw('{"text":"a"}{}'), refused: [400, 'bad_json'] },
  { what: 'single quotes', method: 'POST', path: '/send', asked: raw(`{'text':'a'}`), refused: [400, 'bad_json'] },
  {
    what: 'a raw control character',
    method: 'POST',
    path: '/send',
    asked: raw('{"text":"a\u0001"}'),
    refused: [400, 'bad_json'],
  },
  { what: 'a list', method: 'POST', path: '/send', asked: raw('[{"text":"a"}]'), refused: [422, 'invalid', 'body'] },
  { what: 'a string', method: 'POST', path: '/send', asked: raw('"text"'), refused: [422, 'invalid', 'body'] },
  { what: 'null', method: 'POST', path: '/send', asked: raw('null'), refused: [422, 'invalid', 'body'] },
  { what: 'a list 10,000 deep', method: 'POST', path: '/send', asked: raw(deep), refused: [422, 'invalid', 'body'] },
  {
    what: 'invalid UTF-8',
    method: 'POST',
    path: '/send',
    asked: raw(Uint8Array.of(...Buffer.from('{"text":"'), 0xff, 0x22, 0x7d)),
    refused: [422, 'invalid', 'body'],
  },
  {
    what: 'an overlong encoding',
    method: 'POST',
    path: '/send',
    asked: raw(Uint8Array.of(...Buffer.from('{"text":"'), 0xc0, 0x80, 0x22, 0x7d)),
    refused: [422, 'invalid', 'body'],
  },
  {
    what: 'a form',
    method: 'POST',
    path: '/send',
    asked: raw('text=a', 'application/x-www-form-urlencoded'),
    refused: [415, 'wrong_content_type'],
  },
  {
    what: 'JSON that says it is text',
    method: 'POST',
    path: '/send',
    asked: raw('{"text":"a"}', 'text/plain'),
    refused: [415, 'wrong_content_type'],
  },
  {
    what: 'another charset',
    method: 'POST',
    path: '/send',
    asked: raw('{"text":"a"}', 'application/json; charset=latin1'),
    refused: [415, 'wrong_content_type'],
  },
  {
    what: 'a compressed body',
    method: 'POST',
    path: '/send',
    asked: { raw: 'x', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
    refused: [415, 'wrong_content_type'],
  },
  {
    what: 'a body a byte over 64 KiB',
    method: 'POST',
    path: '/send',
    asked: raw(`{"x":"${'x'.repeat(65_529)}"}`),
    refused: [413, 'too_large'],
  },
  {
    what: 'a body of 10 MB',
    method: 'POST',
    path: '/send',
    asked: raw('x'.repeat(10_000_000)),
    refused: [413, 'too_large'],
  },
  {
    what: 'a sign-up of 30 KB',
    method: 'POST',
    path: '/users',
    asked: user({ x: 'x'.repeat(30_000) }),
    refused: [413, 'too_large'],
  },
  {
    what: 'a follow of 30 KB',
    method: 'PUT',
    path: '/users/1/follow',
    asked: json({ x: 'x'.repeat(30_000) }),
    refused: [413, 'too_large'],
  },
  {
    what: 'a notify that is a string',
    method: 'PUT',
    path: '/users/1/follow',
    asked: json({ notify: 'yes' }),
    refused: [422, 'invalid', 'notify'],
  },
]

const reading: Case[] = [
  ...['0', '101', '-1', '1.5', '05', '1e1', 'ten', '', '%31%30%31', '99999999999999999999'].map(
    (length): Case => ({
      what: `length=${length}`,
      method: 'GET',
      path: `/fetch?length=${length}`,
      refused: [422, 'invalid', 'length'],
    }),
  ),
  { what: 'length without a value', method: 'GET', path: '/fetch?length', refused: [422, 'invalid', 'length'] },
  { what: 'length twice', method: 'GET', path: '/fetch?length=5&length=6', refused: [422, 'invalid', 'length'] },
  { what: 'a negative preview', method: 'GET', path: '/fetch?preview=-1', refused: [422, 'invalid', 'preview'] },
  { what: 'a preview in words', method: 'GET', path: '/fetch?preview=all', refused: [422, 'invalid', 'preview'] },
  { what: 'a made-up cursor', method: 'GET', path: '/fetch?since=1.2.3', refused: [422, 'invalid', 'since'] },
  { what: 'an empty cursor', method: 'GET', path: '/fetch?since=', refused: [422, 'invalid', 'since'] },
  {
    what: 'a cursor of 10 KB',
    method: 'GET',
    path: `/fetch?since=${'1.'.repeat(5_000)}`,
    refused: [422, 'invalid', 'since'],
  },
  { what: 'a cursor that is not UTF-8', method: 'GET', path: '/fetch?since=%FF', refused: [422, 'invalid', 'since'] },
  {
    what: 'since with before',
    method: 'GET',
    path: '/fetch?since=1.2.3&before=5',
    refused: [422, 'invalid', 'before'],
  },
  { what: 'a before that is no id', method: 'GET', path: '/fetch?before=abc', refused: [422, 'invalid', 'before'] },
  { what: 'a before of zero', method: 'GET', path: '/fetch?before=0', refused: [422, 'invalid', 'before'] },
  { what: 'another’s timeline', method: 'GET', path: '/fetch?userID=1', refused: [403, 'not_yours', 'userID'] },
  { what: 'a malformed userID', method: 'GET', path: '/fetch?userID=me', refused: [422, 'invalid', 'userID'] },
  { what: 'a search without a query', method: 'GET', path: '/users', refused: [422, 'invalid', 'query'] },
  { what: 'an empty query', method: 'GET', path: '/users?query=', refused: [422, 'invalid', 'query'] },
  {
    what: 'a query with a control character',
    method: 'GET',
    path: '/users?query=a%00',
    refused: [422, 'invalid', 'query'],
  },
  { what: 'a query that is not UTF-8', method: 'GET', path: '/users?query=%C3%28', refused: [422, 'invalid', 'query'] },
  { what: 'a made-up next', method: 'GET', path: '/users?query=a&before=zz.b', refused: [422, 'invalid', 'before'] },
  {
    what: 'a list’s length',
    method: 'GET',
    path: '/users/1/followers?length=1000',
    refused: [422, 'invalid', 'length'],
  },
  {
    what: 'a made-up page of likes',
    method: 'GET',
    path: '/messages/1/likes?before=1',
    refused: [422, 'invalid', 'before'],
  },
]

const paths: Case[] = [
  ...[
    '-1',
    '0',
    '01',
    '1.5',
    'abc',
    '9007199254740992',
    '99999999999999999999',
    '1%20',
    '%FF',
    '%zz',
    '1e3',
    '＋1',
  ].map(
    (id): Case => ({ what: `the id ${id}`, method: 'GET', path: `/messages/${id}`, refused: [422, 'invalid', 'id'] }),
  ),
  { what: 'the id of a user', method: 'GET', path: '/users/x1', refused: [422, 'invalid', 'id'] },
  { what: 'following a malformed id', method: 'PUT', path: '/users/me/follow', refused: [422, 'invalid', 'id'] },
  { what: 'liking a malformed id', method: 'PUT', path: '/messages/-5/like', refused: [422, 'invalid', 'id'] },
  { what: 'nobody', method: 'GET', path: '/users/12345', refused: [404, 'no_such_user'] },
  { what: 'nobody’s handle', method: 'GET', path: '/users/@nobody', refused: [404, 'no_such_user'] },
  { what: 'a handle nobody can have', method: 'GET', path: '/users/@no-body', refused: [404, 'no_such_user'] },
  { what: 'nobody’s messages', method: 'GET', path: '/users/12345/messages', refused: [404, 'no_such_user'] },
  { what: 'nobody’s followers', method: 'GET', path: '/users/12345/followers', refused: [404, 'no_such_user'] },
  { what: 'following nobody', method: 'PUT', path: '/users/12345/follow', refused: [404, 'no_such_user'] },
  {
    what: 'a message that is not there',
    method: 'GET',
    path: '/messages/12345',
    refused: [404, 'no_such_message', 'id'],
  },
  {
    what: 'liking what is not there',
    method: 'PUT',
    path: '/messages/12345/like',
    refused: [404, 'no_such_message', 'id'],
  },
  {
    what: 'deleting what is not there',
    method: 'DELETE',
    path: '/messages/12345',
    refused: [404, 'no_such_message', 'id'],
  },
  { what: 'an unknown path', method: 'GET', path: '/nothing/here', refused: [404, 'not_found'] },
  { what: 'a path with a slash too many', method: 'GET', path: '/users/', refused: [404, 'not_found'] },
  {
    what: 'a path that is in the table only with its parameter',
    method: 'GET',
    path: '/users/:id',
    refused: [422, 'invalid', 'id'],
  },
  { what: 'a path that only begins like one', method: 'GET', path: '/fetching', refused: [404, 'not_found'] },
  { what: 'a wrong method', method: 'DELETE', path: '/fetch', refused: [405, 'method_not_allowed'] },
  { what: 'a method nobody has', method: 'PROPFIND', path: '/users/me', refused: [405, 'method_not_allowed'] },
]

const tokens: Case[] = [
  ...(['/users/me', '/fetch', '/users/1', '/messages/1', '/users?query=a'] as const).map(
    (path): Case => ({
      what: `no token at ${path}`,
      method: 'GET',
      path,
      anonymous: true,
      refused: [401, 'unauthorized'],
    }),
  ),
  {
    what: 'a made-up token',
    method: 'GET',
    path: '/fetch',
    anonymous: true,
    asked: { token: 'x'.repeat(43) },
    refused: [401, 'unauthorized'],
  },
  {
    what: 'a short token',
    method: 'GET',
    path: '/fetch',
    anonymous: true,
    asked: { token: 'x' },
    refused: [401, 'unauthorized'],
  },
  {
    what: 'a token of 8 KB',
    method: 'GET',
    path: '/fetch',
    anonymous: true,
    asked: { token: 'x'.repeat(8_000) },
    refused: [401, 'unauthorized'],
  },
  {
    what: 'another scheme',
    method: 'GET',
    path: '/fetch',
    anonymous: true,
    asked: { headers: { authorization: 'Basic YTpi' } },
    refused: [401, 'unauthorized'],
  },
  {
    what: 'a token before a body is looked at',
    method: 'POST',
    path: '/send',
    anonymous: true,
    asked: raw('nonsense'),
    refused: [401, 'unauthorized'],
  },
]

const groups = { accounts, sending, bodies, reading, paths, tokens }

describe('bad input is refused with status, code, field and a sentence', () => {
  let server: TestServer
  let ada: Person
  beforeAll(async () => {
    server = openServer()
    ada = await server.person('ada')
  })
  afterAll(() => server.close())

  for (const [group, cases] of Object.entries(groups)) {
    describe(group, () => {
      for (const { what, method, path, asked, anonymous, refused } of cases) {
        test(`${method} ${path.slice(0, 40)}: ${what}`, async () => {
          const got = await server.ask(method, path, { ...(anonymous ? {} : { token: ada.token }), ...asked })
          const [status, code, field] = refused
          expect([got.status, got.body.code, got.body.field]).toEqual([status, code, field])
          expect(got.headers.get('content-type')).toBe('application/problem+json')
          // A sentence that says what to do.
          expect(got.body.detail).toMatch(/^\S.{15,}\.$/s)
          if (status === 401) expect(got.headers.get('www-authenticate')).toStartWith('Bearer')
          if (status === 405) expect(got.headers.get('allow')).toContain('OPTIONS')
        })
      }
    })
  }

  test('afterwards nothing is half done, and everything works', async () => {
    expect(server.mistakes).toEqual([])
    const { body: me } = await server.ask('GET', '/users/me', { token: ada.token })
    expect(me).toMatchObject({ name: 'ada', bio: '', following: 0, messages: 0 })
    const found = await server.ask('GET', '/users?query=somebody', { token: ada.token })
    expect(found.body.users).toEqual([])

    const ben = await server.person('ben')
    await server.ask('PUT', `/users/${ada.id}/follow`, { token: ben.token })
    const text = `${'é'.repeat(5_119)}\r\n\t`
    const id = await server.send(ada, text)
    await server.settled()
    const { body: page } = await server.ask('GET', '/fetch', { token: ben.token })
    expect(page.messages).toMatchObject([{ id, text: `${'é'.repeat(5_119)}\n\t`, author: { handle: 'ada' } }])
  })
})

test('what the rules allow is taken', async () => {
  const server = openServer()
  const ada = await server.person('A_1')
  const { token } = ada
  const taken: [string, Asked][] = [
    ['the longest text', json({ text: 'x'.repeat(10_240) })],
    ['one byte', json({ text: ' ' })],
    ['every character escaped', raw(`{"text":"${'\\u0078'.repeat(10_240)}"}`)],
    ['a charset that is UTF-8', raw('{"text":"a"}', 'application/json; charset=UTF-8')],
    ['an unknown field, however deep', raw(`{"text":"a","x":${deep}}`)],
    ['one’s own userID and no media', json({ text: 'a', userID: ada.id, media: [] })],
    ['a key of 128 characters', { ...json({ text: 'a' }), headers: { 'Idempotency-Key': 'k'.repeat(128) } }],
    [
      'a body in chunks',
      { raw: new Blob(['{"text":', '"a"}']).stream(), headers: { 'content-type': 'application/json' } },
    ],
  ]
  for (const [what, asked] of taken) {
    const got = await server.ask('POST', '/send', { token, ...asked, headers: { ...asked.headers } })
    expect([what, got.status]).toEqual([what, 201])
  }
  for (const path of [
    '/fetch?',
    '/fetch?x=%FF&length=100',
    '/fetch?length=1#x',
    '/fetch?preview=0',
    '/fetch?preview=100000',
  ]) {
    expect([path, (await server.ask('GET', path, { token })).status]).toEqual([path, 200])
  }
  expect(
    (await server.ask('PUT', `/messages/${await server.send(ada, 'a')}/like`, { token, raw: 'ignored' })).status,
  ).toBe(200)
  await server.close()
})
