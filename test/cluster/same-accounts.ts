import { test } from 'bun:test'
import type { Pair } from './same-pair.ts'

const json = (body: unknown) => ({ json: body })
const always = () => true
const people = (body: Record<string, unknown>) => body.users as Record<string, unknown>[]

/** Accounts and the graph, row by row of API.md. `pair` is there once the tests run. */
export function accounts(pair: Pair): void {
  test('signing up, logging in and out', async () => {
    await pair.same('', 'POST /users', json({ handle: 'Acc_One', password: 'long enough', name: 'Ann  É 👍' }))
    for (const handle of ['acc_one', 'ACC_ONE']) {
      await pair.same('', 'POST /users', json({ handle, password: 'long enough' }))
    }
    const logIn = json({ handle: 'ACC_one', password: 'long enough' })
    await pair.same('', 'POST /sessions', { ...logIn, keep: { phone: 'token' } })
    await pair.same('', 'POST /sessions', { ...logIn, keep: { desk: 'token' } })
    await pair.same('', 'POST /sessions', json({ handle: 'acc_one', password: 'not enough' }))
    for (let i = 0; i < 3; i++) await pair.same('phone', 'GET /users/me')
    await pair.same('phone', 'DELETE /sessions')
    await pair.soonEverywhere('phone', 'GET /users/me', ({ status }) => status === 401)
    await pair.soonEverywhere('phone', 'GET /fetch', ({ status }) => status === 401)
    await pair.same('', 'POST /sessions', { ...logIn, keep: { lost: 'token' } })
    await pair.soon('lost', 'GET /sessions', always, { keep: { session: 'sessions.0.id' } })
    for (let i = 0; i < 2; i++) await pair.same('desk', 'DELETE /sessions/{session}')
    await pair.soonEverywhere('lost', 'GET /fetch', ({ status }) => status === 401)
    await pair.soonEverywhere('desk', 'GET /sessions')
    await pair.same('phone', 'DELETE /sessions')
    for (let i = 0; i < 2; i++) await pair.same('desk', 'GET /users/me')
  })

  test('cookies: given to pages of ours, good at every gateway', async () => {
    const asked = json({ handle: 'acc_one', password: 'long enough' })
    await pair.same('', 'POST /sessions', { ...asked, headers: { origin: 'https://elsewhere.example' } })
    const host = { host: 'rookery.example', origin: 'http://rookery.example' }
    await pair.same('', 'POST /sessions', { ...asked, headers: host, keep: { cookie: 'token' } })
    const cookie = { cookie: 'a=b; rookery={cookie}' }
    for (const headers of [cookie, { ...cookie, ...host }, { ...cookie, origin: 'https://elsewhere.example' }]) {
      for (let i = 0; i < 2; i++) {
        await pair.same('', 'GET /users/me', { headers })
        await pair.same('', 'PATCH /users/me', { headers, json: { bio: 'from a page' } })
      }
    }
    await pair.same('', 'DELETE /sessions', { headers: { ...cookie, ...host } })
    await pair.soonEverywhere('cookie', 'GET /users/me', ({ status }) => status === 401)
  })

  test('profiles: changed at one, shown at all; found by handle, id and prefix', async () => {
    await pair.people('pia', 'pit', 'piz', 'quin')
    const long = `${'é'.repeat(999)}\n`
    for (const change of [
      { name: 'Pia Ω' },
      { bio: long },
      { name: 'pizza', bio: 'a\r\nb\tc' },
      {},
      { name: '  x ' },
    ]) {
      await pair.same('pia', 'PATCH /users/me', json(change))
      for (let i = 0; i < 2; i++) await pair.same('pit', 'GET /users/{piaId}')
      await pair.same('pia', 'GET /users/me')
      await pair.same('quin', 'GET /users/@PIA')
    }
    await pair.same('quin', 'PATCH /users/me', json({ name: 'PIRATE' }))
    for (const query of [
      'pi',
      'PI',
      'pir',
      'pizza',
      'piz',
      'p',
      'x',
      '%20%20x',
      'nobody',
      '%25',
      '_',
      'Ω',
      '%F0%9F%91%8D',
      'ann',
      'ann%20%20É',
      'ANN',
    ]) {
      await pair.same('pia', `GET /users?query=${query}`)
      await pair.walk('pia', `/users?query=${query}`, 'users', 2)
    }
    await pair.same('pia', 'PATCH /users/me', json({ name: 'Ωmega' }))
    await pair.same('pia', 'PATCH /users/me', json({ name: '👍 all' }))
    for (const query of ['%CE%A9', '%F0%9F%91%8D', '%F0%9F%91%8D%20all', '%F0%9F%91%8D%20ALL', 'pizza']) {
      await pair.same('pia', `GET /users?query=${query}`)
    }
    await pair.same('pia', `GET /users?query=${'x'.repeat(200)}`)
    await pair.same('pia', `GET /users?query=${'x'.repeat(201)}`)
  })

  test('following and unfollowing: twice, oneself, nobody; lists, counts and pages', async () => {
    const names = ['fan1', 'fan2', 'fan3', 'fan4', 'fan5', 'star']
    await pair.people(...names)
    for (const name of names.slice(0, 5)) await pair.same(name, 'PUT /users/{starId}/follow')
    await pair.same('fan1', 'PUT /users/{starId}/follow', json({ notify: true }))
    await pair.same('fan1', 'PUT /users/{starId}/follow')
    await pair.same('fan1', 'PUT /users/{starId}/follow', json({ notify: false }))
    await pair.same('star', 'PUT /users/{fan1Id}/follow', json({ notify: true, other: [1] }))
    await pair.same('star', 'PUT /users/{starId}/follow')
    await pair.same('star', 'DELETE /users/{starId}/follow')
    for (const name of ['fan1', 'fan2']) for (let i = 0; i < 2; i++) await pair.same(name, 'GET /users/{starId}')
    for (const name of names.slice(0, 3)) await pair.same('star', `PUT /users/{${name}Id}/follow`)
    for (let i = 0; i < 3; i++) await pair.same('fan2', 'DELETE /users/{starId}/follow')
    await pair.same('fan4', 'DELETE /users/{fan5Id}/follow')
    await pair.soonEverywhere('fan1', 'GET /users/{starId}', ({ body }) => body.followers === 4)
    await pair.soonEverywhere('star', 'GET /users/me', ({ body }) => body.followers === 4 && body.following === 3)
    for (const length of [1, 2, 4, 100]) {
      await pair.walk('fan1', '/users/{starId}/followers', 'users', length)
      await pair.walk('fan1', '/users/{starId}/following', 'users', length)
    }
    await pair.walk('fan1', '/users/{fan5Id}/followers', 'users', 2)
    await pair.walk('fan1', '/users/{fan2Id}/following', 'users', 2)
    await pair.soonEverywhere('fan1', 'GET /users/{starId}/following?length=3')
    // The `next` of one list is none of another.
    await pair.soon('fan1', 'GET /users/{fan3Id}/following', always)
    for (const list of ['followers', 'following']) {
      const { body } = await pair.soon('fan1', `GET /users/{starId}/following?length=1`, always, {
        keep: { page: 'next' },
      })
      if (people(body).length !== 1) throw new Error('a page of one has one')
      await pair.same('fan1', `GET /users/{fan1Id}/${list}?before={page}`)
      await pair.same('fan1', `GET /users/{starId}/followers?before={page}`)
      await pair.same('fan1', `GET /users?query=f&before={page}`)
    }
  })
}
