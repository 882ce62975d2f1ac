import { expect, test } from 'bun:test'
import { type Asked, openServer } from './harness.ts'
import { bad, type Case, deep, describeRefusals, json, raw } from './refusals.ts'

const user = (change: object): Asked => json({ handle: 'somebody', password: 'long enough', ...change })

const accounts: Case[] = [
  bad('no handle', 'POST /users', [422, 'invalid', 'handle'], json({ password: 'long enough' })),
  bad('an empty handle', 'POST /users', [422, 'invalid', 'handle'], user({ handle: '' })),
  bad('a handle too long', 'POST /users', [422, 'invalid', 'handle'], user({ handle: 'a'.repeat(31) })),
  bad('a handle with a hyphen', 'POST /users', [422, 'invalid', 'handle'], user({ handle: 'a-b' })),
  bad('a handle with a newline at its end', 'POST /users', [422, 'invalid', 'handle'], user({ handle: 'ab\n' })),
  bad(
    'a handle of letters that only look like ASCII',
    'POST /users',
    [422, 'invalid', 'handle'],
    user({ handle: 'аdа' }),
  ),
  bad(
    'a Kelvin sign, which lower-cases to k',
    'POST /users',
    [422, 'invalid', 'handle'],
    user({ handle: '\u212Aing' }),
  ),
  bad('a handle that is a number', 'POST /users', [422, 'invalid', 'handle'], user({ handle: 7 })),
  bad('a handle that is null', 'POST /users', [422, 'invalid', 'handle'], user({ handle: null })),
  bad('a taken handle', 'POST /users', [409, 'handle_taken', 'handle'], user({ handle: 'ADA' })),
  bad('no password', 'POST /users', [422, 'invalid', 'password'], json({ handle: 'somebody' })),
  bad('a password of seven characters', 'POST /users', [422, 'invalid', 'password'], user({ password: '1234567' })),
  bad(
    'a password of seven characters in fourteen units',
    'POST /users',
    [422, 'invalid', 'password'],
    user({ password: '😀'.repeat(7) }),
  ),
  bad(
    'a password of more than 1 KiB',
    'POST /users',
    [422, 'invalid', 'password'],
    user({ password: 'x'.repeat(1_025) }),
  ),
  bad('a password with NUL', 'POST /users', [422, 'invalid', 'password'], user({ password: 'long\u0000enough' })),
  bad('a password that is a list', 'POST /users', [422, 'invalid', 'password'], user({ password: ['long enough'] })),
  bad('an empty name', 'POST /users', [422, 'invalid', 'name'], user({ name: ' ' })),
  bad('a name too long', 'POST /users', [422, 'invalid', 'name'], user({ name: 'x'.repeat(101) })),
  bad('a name with a newline', 'POST /users', [422, 'invalid', 'name'], user({ name: 'a\nb' })),
  bad(
    'a name with a lone surrogate',
    'POST /users',
    [422, 'invalid', 'name'],
    raw('{"handle":"somebody","password":"long enough","name":"a\\ud800"}'),
  ),
  bad('a wrong password', 'POST /sessions', [401, 'unauthorized'], json({ handle: 'ada', password: 'not the one' })),
  bad('an empty password', 'POST /sessions', [401, 'unauthorized'], json({ handle: 'ada', password: '' })),
  bad('nobody’s handle', 'POST /sessions', [401, 'unauthorized'], json({ handle: 'nobody', password: 'not the one' })),
  bad(
    'a password that is a number',
    'POST /sessions',
    [422, 'invalid', 'password'],
    json({ handle: 'ada', password: 12345678 }),
  ),
  bad(
    'a handle with a control character',
    'POST /sessions',
    [422, 'invalid', 'handle'],
    json({ handle: 'ada\u0085', password: 'x' }),
  ),
  bad('a name that is true', 'PATCH /users/me', [422, 'invalid', 'name'], json({ name: true })),
  bad('a bio too long', 'PATCH /users/me', [422, 'invalid', 'bio'], json({ bio: 'x'.repeat(1_001) })),
  bad('a bio with DEL', 'PATCH /users/me', [422, 'invalid', 'bio'], json({ bio: 'a\u007fb' })),
  bad('a bio with a C1 control', 'PATCH /users/me', [422, 'invalid', 'bio'], json({ bio: 'a\u009bb' })),
  bad('a bio with CR alone', 'PATCH /users/me', [422, 'invalid', 'bio'], json({ bio: 'a\rb' })),
  bad('a picture', 'PATCH /users/me', [422, 'not_available', 'avatar'], json({ avatar: 'abc' })),
]

const sending: Case[] = [
  bad('no text', 'POST /send', [422, 'invalid', 'text'], json({})),
  bad('an empty text', 'POST /send', [422, 'text_empty', 'text'], json({ text: '' })),
  bad('a text one byte too long', 'POST /send', [422, 'text_too_long', 'text'], json({ text: 'x'.repeat(10_241) })),
  bad(
    'a text too long in bytes, not in characters',
    'POST /send',
    [422, 'text_too_long', 'text'],
    json({ text: '€'.repeat(3_414) }),
  ),
  bad('a text that is a number', 'POST /send', [422, 'invalid', 'text'], json({ text: 5 })),
  bad('a text that is a list 9,999 deep', 'POST /send', [422, 'invalid', 'text'], raw(`{"text":${deep}}`)),
  bad('NUL in a text', 'POST /send', [422, 'invalid', 'text'], json({ text: 'a\u0000b' })),
  bad('ESC in a text', 'POST /send', [422, 'invalid', 'text'], json({ text: '\u001b[31mred' })),
  bad('a lone surrogate in a text', 'POST /send', [422, 'invalid', 'text'], raw('{"text":"\\udc00"}')),
  bad('somebody else’s userID', 'POST /send', [403, 'not_yours', 'userID'], json({ text: 'a', userID: '1' })),
  bad('a userID that is a number', 'POST /send', [422, 'invalid', 'userID'], json({ text: 'a', userID: 1 })),
  bad('replyTo', 'POST /send', [422, 'not_available', 'replyTo'], json({ text: 'a', replyTo: '1' })),
  bad('a malformed replyTo', 'POST /send', [422, 'invalid', 'replyTo'], json({ text: 'a', replyTo: 'x' })),
  bad('boostOf', 'POST /send', [422, 'not_available', 'boostOf'], json({ boostOf: '1' })),
  bad('media', 'POST /send', [422, 'not_available', 'media'], json({ text: 'a', media: ['abc'] })),
  bad('media that are no list', 'POST /send', [422, 'invalid', 'media'], json({ text: 'a', media: 'abc' })),
  bad('a medium that is no string', 'POST /send', [422, 'invalid', 'media[0]'], json({ text: 'a', media: [5] })),
  bad('an empty Idempotency-Key', 'POST /send', [422, 'invalid', 'Idempotency-Key'], {
    ...json({ text: 'a' }),
    headers: { 'Idempotency-Key': '' },
  }),
  bad('an Idempotency-Key too long', 'POST /send', [422, 'invalid', 'Idempotency-Key'], {
    ...json({ text: 'a' }),
    headers: { 'Idempotency-Key': 'k'.repeat(129) },
  }),
  bad('an Idempotency-Key with a control character', 'POST /send', [422, 'invalid', 'Idempotency-Key'], {
    ...json({ text: 'a' }),
    headers: { 'Idempotency-Key': 'a\tb' },
  }),
]

const bodies: Case[] = [
  bad('no body', 'POST /send', [400, 'bad_json']),
  bad('an empty body', 'POST /send', [400, 'bad_json'], raw('')),
  bad('half an object', 'POST /send', [400, 'bad_json'], raw('{"text":')),
  bad('two objects', 'POST /send', [400, 'bad_json'], raw('{"text":"a"}{}')),
  bad('single quotes', 'POST /send', [400, 'bad_json'], raw(`{'text':'a'}`)),
  bad('a raw control character', 'POST /send', [400, 'bad_json'], raw('{"text":"a\u0001"}')),
  bad('a list', 'POST /send', [422, 'invalid', 'body'], raw('[{"text":"a"}]')),
  bad('a string', 'POST /send', [422, 'invalid', 'body'], raw('"text"')),
  bad('null', 'POST /send', [422, 'invalid', 'body'], raw('null')),
  bad('a list 10,000 deep', 'POST /send', [422, 'invalid', 'body'], raw(deep)),
  bad(
    'invalid UTF-8',
    'POST /send',
    [422, 'invalid', 'body'],
    raw(Uint8Array.of(...Buffer.from('{"text":"'), 0xff, 0x22, 0x7d)),
  ),
  bad(
    'an overlong encoding',
    'POST /send',
    [422, 'invalid', 'body'],
    raw(Uint8Array.of(...Buffer.from('{"text":"'), 0xc0, 0x80, 0x22, 0x7d)),
  ),
  bad('a form', 'POST /send', [415, 'wrong_content_type'], raw('text=a', 'application/x-www-form-urlencoded')),
  bad('JSON that says it is text', 'POST /send', [415, 'wrong_content_type'], raw('{"text":"a"}', 'text/plain')),
  bad(
    'another charset',
    'POST /send',
    [415, 'wrong_content_type'],
    raw('{"text":"a"}', 'application/json; charset=latin1'),
  ),
  bad('a compressed body', 'POST /send', [415, 'wrong_content_type'], {
    raw: 'x',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  }),
  bad('a body a byte over 64 KiB', 'POST /send', [413, 'too_large'], raw(`{"x":"${'x'.repeat(65_529)}"}`)),
  bad('a body of 10 MB', 'POST /send', [413, 'too_large'], raw('x'.repeat(10_000_000))),
  bad('a body of 20 MB', 'POST /send', [413, 'too_large'], raw('x'.repeat(20_000_000))),
  bad('a sign-up of 30 KB', 'POST /users', [413, 'too_large'], user({ x: 'x'.repeat(30_000) })),
  bad('a follow of 30 KB', 'PUT /users/1/follow', [413, 'too_large'], json({ x: 'x'.repeat(30_000) })),
  bad('a notify that is a string', 'PUT /users/1/follow', [422, 'invalid', 'notify'], json({ notify: 'yes' })),
]

describeRefusals({ accounts, sending, bodies }, async (server, ada) => {
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
  expect(
    (await server.ask('PUT', `/messages/${await server.send(ada, 'a')}/like`, { token, raw: 'ignored' })).status,
  ).toBe(200)
  await server.close()
})
