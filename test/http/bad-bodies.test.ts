import { expect, test } from 'bun:test'
import { type Asked, openServer } from './harness.ts'
import { deep, describeRefusals, json, raw } from './refusals.ts'
import { accounts, bodies, community, pushes, sending } from './refused-bodies.ts'

describeRefusals({ accounts, sending, bodies, community, pushes }, async (server, ada) => {
  const { body: me } = await server.ask('GET', '/users/me', { token: ada.token })
  expect(me).toMatchObject({ name: 'ada', bio: '', following: 0, messages: 0 })
  const found = await server.ask('GET', '/users?query=somebody', { token: ada.token })
  expect(found.body.users).toEqual([])

  const ben = await server.person('dan')
  await server.ask('PUT', `/users/${ada.id}/follow`, { token: ben.token })
  const text = `${'é'.repeat(5_119)}\r\n\t`
  const id = await server.send(ada, text)
  await server.settled()
  const { body: page } = await server.ask('GET', '/fetch', { token: ben.token })
  expect(page.messages).toMatchObject([{ id, text: `${'é'.repeat(5_119)}\n\t`, author: { handle: 'ada' } }])
})

test('[D5] names and texts are kept as they were given: composed or not, with signs that turn the direction', async () => {
  const server = openServer()
  const { token } = await server.person('ada')
  for (const text of [
    'é',
    'é'.normalize('NFD'),
    'ﬁ',
    ' a ',
    'a\u202eb',
    '\u2066a',
    '\u200f',
    '👩‍👩‍👧',
    'A\u0301\u0301\u0301',
    '\ufeffa',
  ]) {
    const me = await server.ask('PATCH', '/users/me', { token, json: { name: `x${text}`, bio: text } })
    expect([me.body.name, me.body.bio]).toEqual([`x${text}`, text])
    const message = await server.ask('POST', '/send', { token, json: { text } })
    expect([message.body.text, (message.body.author as { name: string }).name]).toEqual([text, `x${text}`])
  }
  await server.close()
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
