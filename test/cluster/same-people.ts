import { test } from 'bun:test'
import type { Pair } from './same-pair.ts'
import { SocketPair } from './same-sockets.ts'

const text = (text: string) => ({ json: { text } })
const gone = ({ status }: { status: number }) => status === 404

/** Muting, blocking, suggestions, and accounts that go: asked of each gateway in turn, all of them are the same at once. */
export function people(pair: Pair): void {
  test('muting: twice, oneself, nobody; pages and `since` of whichever gateway; and back', async () => {
    await pair.people('mia', 'mo', 'max')
    for (const name of ['mo', 'max']) await pair.same('mia', `PUT /users/{${name}Id}/follow`)
    await pair.same('mo', 'POST /send', { ...text('mo 1'), keep: { mo1: 'id' } })
    for (let i = 0; i < 2; i++) await pair.soonEverywhere('mia', 'GET /fetch', ({ body }) => `${body.messages}` !== '')
    await pair.same('mia', 'GET /fetch', { keep: { miaAt: 'cursor' } })
    for (const what of ['mute', 'block']) {
      for (const method of ['PUT', 'DELETE']) {
        await pair.same('mia', `${method} /users/{miaId}/${what}`)
        await pair.same('mia', `${method} /users/7/${what}`)
      }
    }
    for (let i = 0; i < 2; i++) await pair.same('mia', 'PUT /users/{moId}/mute')
    for (let i = 0; i < 2; i++) await pair.same('mia', 'GET /fetch')
    await pair.same('mo', 'POST /send', { ...text('mo 2'), keep: { mo2: 'id' } })
    await pair.same('max', 'POST /send', text('max 1'))
    await pair.soonEverywhere('mia', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 1)
    await pair.soon('mia', 'GET /fetch?since={miaAt}', ({ body }) => (body.messages as unknown[]).length === 1)
    for (let i = 0; i < 2; i++) await pair.same('mia', 'GET /users/{moId}/messages')
    for (let i = 0; i < 2; i++) await pair.same('mia', 'GET /messages/{mo2}')
    await pair.same('mia', 'GET /users/{moId}')
    for (let i = 0; i < 2; i++) await pair.same('mia', 'DELETE /users/{moId}/mute')
    await pair.soonEverywhere('mia', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 3)
  })

  test('blocking: both follows end, each is absent to the other at whichever gateway; and back', async () => {
    await pair.people('bia', 'bo', 'bea')
    await pair.same('bia', 'PUT /users/{boId}/follow')
    await pair.same('bo', 'PUT /users/{biaId}/follow')
    for (const name of ['bia', 'bo']) await pair.same(name, 'PUT /users/{beaId}/follow')
    await pair.same('bo', 'POST /send', { ...text('of bo'), keep: { ofBo: 'id' } })
    await pair.soonEverywhere('bia', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 1)
    for (let i = 0; i < 2; i++) await pair.same('bia', 'PUT /users/{boId}/block')
    await pair.soonEverywhere('bia', 'GET /users/me/blocks', ({ body }) => (body.users as unknown[]).length === 1)
    for (let i = 0; i < 2; i++) {
      for (const [one, other] of [
        ['bia', 'bo'],
        ['bo', 'bia'],
      ]) {
        for (const call of ['GET /users/{Id}', 'GET /users/{Id}/messages', 'GET /users/{Id}/followers']) {
          await pair.same(one!, call.replace('{Id}', `{${other}Id}`))
        }
        for (const call of ['PUT /users/{Id}/follow', 'DELETE /users/{Id}/follow', 'PUT /users/{Id}/mute']) {
          await pair.same(one!, call.replace('{Id}', `{${other}Id}`))
        }
        await pair.same(one!, `GET /users/@${other}`)
        await pair.same(one!, 'GET /fetch?length=1')
        await pair.soon(one!, 'GET /users/{beaId}/followers', ({ body }) => (body.users as unknown[]).length === 1)
        await pair.same(one!, `GET /users?query=${other}`)
      }
      for (const call of ['GET /messages/{ofBo}', 'PUT /messages/{ofBo}/like', 'GET /messages/{ofBo}/likes']) {
        await pair.same('bia', call)
      }
    }
    for (let i = 0; i < 2; i++) await pair.same('bia', 'DELETE /users/{boId}/block')
    for (let i = 0; i < 2; i++) await pair.soon('bo', 'GET /users/{biaId}', ({ status }) => status === 200)
    for (const name of ['bia', 'bo']) await pair.soonEverywhere(name, 'GET /users/me')
  })

  test('live: who is muted or blocked at one gateway is silent at once on sockets of the other', async () => {
    await pair.people('lia', 'lo', 'lex')
    for (const name of ['lo', 'lex']) await pair.same('lia', `PUT /users/{${name}Id}/follow`)
    const sockets = await Promise.all([SocketPair.ready(pair, 'lia'), SocketPair.ready(pair, 'lia')])
    const wish = async (call: string, said: string, heard: number) => {
      // From either gateway in turn, so that each socket hears of one by the Bus.
      for (let i = 0; i < 2; i++) await pair.same('lia', call)
      await pair.same('lo', 'POST /send', text(`lo ${said}`))
      await pair.same('lex', 'POST /send', text(`lex ${said}`))
      for (const each of sockets) await each.messages(heard)
    }
    await wish('GET /users/{loId}', '1', 2)
    await wish('PUT /users/{loId}/mute', '2', 3)
    await wish('DELETE /users/{loId}/mute', '3', 5)
    await wish('PUT /users/{loId}/block', '4', 6)
    for (const each of sockets) each.close()
  })

  test('suggestions: friends of friends, most shared first, page by page', async () => {
    const names = ['sug', 'sa', 'sb', 'sx', 'sy', 'sz']
    await pair.people(...names)
    for (const [who, whom] of ['sug sa', 'sug sb', 'sa sx', 'sb sx', 'sa sy', 'sb sz', 'sa sug'].map((edge) =>
      edge.split(' '),
    )) {
      await pair.same(who!, `PUT /users/{${whom}Id}/follow`)
    }
    await pair.soonEverywhere('sug', 'GET /users/me/suggestions', ({ body }) => (body.users as unknown[]).length === 3)
    await pair.soon('sug', 'GET /users/me/suggestions?length=1', () => true, { keep: { sugPage: 'next' } })
    await pair.soonEverywhere('sug', 'GET /users/me/suggestions?length=1&before={sugPage}')
    await pair.same('sa', 'GET /users/me/suggestions?before={sugPage}')
    await pair.same('sug', 'GET /users/me/suggestions?length=0')
    await pair.soonEverywhere('sx', 'GET /users/me/suggestions')
  })

  test('an account that is deleted is gone at every gateway: user, token, messages, sockets', async () => {
    await pair.people('ida', 'ike')
    await pair.same('ike', 'PUT /users/{idaId}/follow')
    await pair.same('ida', 'POST /send', { ...text('of ida'), keep: { ofIda: 'id' } })
    await pair.soonEverywhere('ike', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 1)
    // Told of the follow before the sockets are there: live, it may come before the end at one side and not at the other.
    await pair.soonEverywhere('ida', 'GET /notifications', ({ body }) => (body.notifications as unknown[]).length === 1)
    const sockets = [await SocketPair.ready(pair, 'ida'), await SocketPair.ready(pair, 'ida')]
    await pair.same('ida', 'DELETE /users/me')
    for (const each of sockets) await each.closed(4401)
    await pair.soonEverywhere('ida', 'GET /users/me', ({ status }) => status === 401)
    await pair.soonEverywhere('ike', 'GET /messages/{ofIda}', gone)
    await pair.soonEverywhere('ike', 'GET /users/{idaId}', gone)
    await pair.soonEverywhere('ike', 'GET /fetch', ({ body }) => (body.messages as unknown[]).length === 0)
    await pair.same('', 'POST /sessions', { json: { handle: 'ida', password: 'password of ida' } })
    await pair.soonEverywhere('ike', 'GET /users/me', ({ body }) => body.following === 0)
  })
}
