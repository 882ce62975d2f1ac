import { test } from 'bun:test'
import type { Pair } from './same-pair.ts'
import { SocketPair } from './same-sockets.ts'

/** Replies, boosts and mentions, row by row of API.md. */
export function boosts(pair: Pair): void {
  const counted =
    (likes: number, boosts: number, replies: number) =>
    ({ body }: { body: Record<string, unknown> }) =>
      body.likes === likes && body.boosts === boosts && body.replies === replies

  test('boosts: made once, of the original, taken back, made anew, gone with what they boost', async () => {
    await pair.people('boa', 'bob', 'boc')
    await pair.same('bob', 'PUT /users/{boaId}/follow')
    await pair.same('boc', 'PUT /users/{bobId}/follow')
    await pair.same('boc', 'GET /fetch', { keep: { bAt: 'cursor' } })
    await pair.same('boa', 'POST /send', { json: { text: 'boost me' }, keep: { b0: 'id' } })
    await pair.same('bob', 'POST /send', { json: { boostOf: '{b0}' }, keep: { b1: 'id' } })
    for (let i = 0; i < 2; i++) await pair.same('bob', 'POST /send', { json: { boostOf: '{b0}', text: '' } })
    await pair.same('boc', 'POST /send', { json: { boostOf: '{b1}' }, keep: { b2: 'id' } })
    for (const who of ['boa', 'bob', 'boc']) {
      await pair.soonEverywhere(who, 'GET /messages/{b0}', counted(0, 2, 0))
      await pair.soonEverywhere(who, 'GET /messages/{b2}', counted(0, 2, 0))
    }
    await pair.same('boc', 'PUT /messages/{b1}/like')
    await pair.soonEverywhere('boc', 'GET /messages/{b0}', counted(1, 2, 0))
    for (const id of ['b0', 'b1', 'b2']) await pair.walk('boa', `/messages/{${id}}/likes`, 'users', 1)
    await pair.walk('boc', '/fetch', 'messages', 1)
    for (const preview of [0, 3, 20]) await pair.same('boc', `GET /fetch?preview=${preview}`)
    for (let i = 0; i < 3; i++) await pair.same('bob', 'DELETE /messages/{b0}/boost')
    await pair.soonEverywhere('bob', 'GET /messages/{b0}', counted(1, 1, 0))
    await pair.soonEverywhere('bob', 'GET /messages/{b1}', ({ status }) => status === 404)
    await pair.same('bob', 'POST /send', { json: { boostOf: '{b2}' }, keep: { b3: 'id' } })
    await pair.same('boa', 'DELETE /messages/{b3}')
    await pair.same('bob', 'DELETE /messages/{b3}')
    for (const key of ['k1', 'k1', 'k2', 'k1'])
      await pair.same('bob', 'POST /send', {
        json: { boostOf: '{b0}' },
        headers: { 'idempotency-key': key },
        keep: { b4: 'id' },
      })
    for (const beside of [{ text: 'a' }, { replyTo: '{b0}' }, { media: ['a'] }, { userID: '{boaId}' }])
      await pair.same('bob', 'POST /send', { json: { boostOf: '{b0}', ...beside } })
    for (const id of ['1', '9007199254740991', 'x', '', 5])
      for (const name of ['boostOf', 'replyTo'])
        await pair.same('bob', 'POST /send', { json: { text: '', [name]: id } })
    await pair.same('boa', 'DELETE /messages/{b0}')
    for (const id of ['b0', 'b2', 'b4']) {
      await pair.soonEverywhere('boc', `GET /messages/{${id}}`, ({ status }) => status === 404)
      for (const call of ['DELETE /messages/ID/boost', 'GET /messages/ID/replies', 'PUT /messages/ID/like'])
        await pair.same('bob', call.replace('ID', `{${id}}`))
      await pair.same('bob', 'POST /send', { json: { boostOf: `{${id}}` } })
    }
    await pair.soonEverywhere('boc', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 0)
    await pair.soonEverywhere('bob', 'GET /users/me', ({ body }) => body.messages === 0)
    for (const name of ['k1', 'k2'])
      await pair.same('bob', 'POST /send', { json: { boostOf: '1' }, headers: { 'idempotency-key': name } })
  })

  test('replies and mentions: listed oldest first in pages, counted, and gone when deleted', async () => {
    await pair.people('rea1', 'rea2')
    await pair.same('rea1', 'POST /send', { json: { text: 'ask @REA2 and @nobody, not x@rea2' }, keep: { r0: 'id' } })
    for (let i = 1; i <= 7; i++)
      await pair.same('rea2', 'POST /send', {
        json: { text: `answer ${i}`, replyTo: '{r0}' },
        keep: { [`r${i}`]: 'id' },
      })
    await pair.same('rea1', 'POST /send', { json: { text: 'deeper @rea2', replyTo: '{r3}' } })
    await pair.soonEverywhere('rea1', 'GET /messages/{r0}', counted(0, 0, 7))
    for (const length of [1, 3, 7, 100]) await pair.walk('rea1', '/messages/{r0}/replies', 'messages', length)
    for (const before of ['{r4}', '{r1}', '{r0}', '1', '9007199254740991', 'x', ''])
      await pair.same('rea2', `GET /messages/{r0}/replies?length=2&before=${before}`)
    await pair.same('rea2', 'DELETE /messages/{r2}')
    await pair.same('rea1', 'DELETE /messages/{r5}')
    await pair.soonEverywhere('rea2', 'GET /messages/{r0}', counted(0, 0, 6))
    await pair.walk('rea2', '/messages/{r0}/replies', 'messages', 2)
    await pair.same('rea1', 'DELETE /messages/{r0}')
    await pair.soonEverywhere('rea1', 'GET /messages/{r0}/replies', ({ status }) => status === 404)
    await pair.same('rea2', 'POST /send', { json: { text: 'late', replyTo: '{r0}' } })
    await pair.same('rea2', 'GET /messages/{r1}')
  })

  test('over sockets: sent, live, and told when what is boosted is deleted', async () => {
    await pair.people('sob', 'soc')
    await pair.same('soc', 'PUT /users/{sobId}/follow')
    await pair.same('boa', 'POST /send', { json: { text: 'on sockets' }, keep: { s0: 'id' } })
    const [sender, reader] = [await SocketPair.ready(pair, 'sob'), await SocketPair.ready(pair, 'soc')]
    await sender.ask({ op: 'send', boostOf: '{s0}' })
    await sender.ask({ op: 'send', text: 'and a reply', replyTo: '{s0}' })
    await sender.ask({ op: 'send', boostOf: '{s0}', text: 'no' })
    await reader.next('message')
    await reader.next('message')
    sender.close()
    reader.close()
  })
}
