import { expect, test } from 'bun:test'
import type { Pair } from './same-pair.ts'
import type { Answer } from './same-side.ts'

const text = (text: string) => ({ json: { text } })
const keyed = (key: string, text: unknown) => ({ json: { text }, headers: { 'idempotency-key': key } })
const has =
  (count: number) =>
  ({ body }: Answer) =>
    (body.messages as unknown[] | undefined)?.length === count

/** Publishing, reading, deleting and liking, row by row of API.md. */
export function messages(pair: Pair): void {
  test('sending: what is kept and shown, with and without a key', async () => {
    await pair.people('wes', 'rea')
    await pair.same('rea', 'PUT /users/{wesId}/follow')
    const texts = [
      'x',
      ' ',
      'é\r\n\tb',
      'x'.repeat(10_240),
      `${'€'.repeat(3_413)}x`,
      '👍"\\</script>\u2028\ufeff',
      '{"a":1}',
      "'; DROP",
    ]
    for (const [i, each] of texts.entries())
      await pair.same('wes', 'POST /send', { ...text(each), keep: { [`w${i}`]: 'id' } })
    await pair.same('wes', 'POST /send', {
      json: { text: 'mine', userID: '{wesId}', media: [], x: {} },
      keep: { w8: 'id' },
    })
    await pair.same('wes', 'POST /send', { json: { text: 'not mine', userID: '{reaId}' } })
    // One's own are in the next page of the other gateway.
    await pair.same('wes', 'GET /fetch')
    await pair.same('wes', 'GET /fetch?userID={wesId}')
    await pair.same('wes', 'GET /fetch?userID={reaId}')
    await pair.soonEverywhere('rea', 'GET /fetch', has(9))
    for (let i = 0; i < 9; i++) await pair.same('rea', `GET /messages/{w${i}}`)
    for (const preview of [0, 1, 2, 100, 20_000]) await pair.same('rea', `GET /fetch?preview=${preview}`)
    for (let i = 0; i < 2; i++) await pair.same('rea', 'GET /users/@wes')
  })

  test('a key: repeated, with another body, with none, after deletion, of another user, in any letters', async () => {
    await pair.people('kay', 'kim')
    for (const key of ['k', 'k'.repeat(128), 'ключ 👍', 'a b', '%00', "'"]) {
      for (const body of ['first', 'first', 'another', '', 5, 'x'.repeat(10_241)])
        await pair.same('kay', 'POST /send', keyed(key, body))
      await pair.same('kay', 'POST /send', {
        raw: '{"tex',
        headers: { 'idempotency-key': key, 'content-type': 'application/json' },
      })
    }
    for (const refused of ['', 5]) await pair.same('kay', 'POST /send', keyed('later', refused))
    await pair.same('kay', 'POST /send', { ...keyed('later', 'now'), keep: { later: 'id' } })
    await pair.same('kim', 'POST /send', keyed('k', 'of another'))
    await pair.same('kim', 'PUT /messages/{later}/like')
    await pair.soonEverywhere('kay', 'GET /messages/{later}', ({ body }) => body.likes === 1)
    for (let i = 0; i < 2; i++) await pair.same('kay', 'POST /send', keyed('later', 'now'))
    await pair.same('kay', 'DELETE /messages/{later}')
    for (const body of ['now', 'again', '', 5])
      for (let i = 0; i < 2; i++) await pair.same('kay', 'POST /send', keyed('later', body))
    await pair.soonEverywhere('kay', 'GET /users/me', ({ body }) => body.messages === 6)
    await pair.walk('kim', '/users/{kayId}/messages', 'messages', 4)
  })

  test('fetch: lengths, pages back, the edges of ids, and since', async () => {
    await pair.people('amy', 'ben', 'cat')
    for (const name of ['amy', 'ben']) await pair.same('cat', `PUT /users/{${name}Id}/follow`)
    await pair.same('cat', 'GET /fetch', { keep: { c0: 'cursor' } })
    await pair.same('cat', 'GET /fetch?since={c0}', { keep: { c0: 'cursor' } })
    for (let i = 0; i < 12; i++) {
      await pair.same(i % 3 === 0 ? 'ben' : 'amy', 'POST /send', { ...text(`number ${i}`), keep: { [`n${i}`]: 'id' } })
    }
    await pair.same('cat', 'POST /send', { ...text('own'), keep: { n12: 'id' } })
    await pair.soonEverywhere('cat', 'GET /fetch', has(13))
    for (const length of [1, 5, 13, 100]) await pair.same('cat', `GET /fetch?length=${length}`)
    for (const length of [1, 2, 4, 13]) await pair.walk('cat', '/fetch', 'messages', length)
    for (const length of [1, 4, 7, 8]) await pair.walk('ben', '/users/{amyId}/messages', 'messages', length)
    for (const before of ['{n12}', '{n5}', '{n0}', '1', '4096', '9007199254740991', '9007199254740992', '0', '-5']) {
      await pair.same('cat', `GET /fetch?length=3&before=${before}`)
      await pair.same('cat', `GET /users/{amyId}/messages?length=3&before=${before}`)
    }
    await pair.same('cat', 'GET /fetch?since={c0}&before={n5}')
    await pair.same('ben', 'GET /fetch?since={c0}')
    await pair.same('cat', 'GET /users/{benId}/messages')
    for (const id of ['1', '4095', '9007199254740991']) {
      for (const path of [`/users/${id}`, `/users/${id}/messages`, `/messages/${id}`, `/messages/${id}/likes`])
        await pair.same('cat', `GET ${path}`)
      for (const call of [
        `PUT /messages/${id}/like`,
        `DELETE /messages/${id}/like`,
        `DELETE /messages/${id}`,
        `PUT /users/${id}/follow`,
        `DELETE /users/${id}/follow`,
      ])
        await pair.same('cat', call)
    }
  })

  test('since: every arrival once, in pages that say whether there is more', async () => {
    for (const length of [5, 13, 100]) {
      const chains = await Promise.all(
        pair.sides.map(async (side) => {
          const pages: unknown[] = []
          let since = side.word('c0')
          for (let more = true; more; ) {
            const { status, body } = await side.ask('cat', 'GET', `/fetch?length=${length}&since=${since}`, {})
            expect(status).toBe(200)
            pages.push([(body.messages as unknown[]).length, body.more, body.messages])
            since = body.cursor as string
            more = body.more as boolean
          }
          return side.seenJson(pages).view
        }),
      )
      expect(chains[1], `since by ${length}`).toBe(chains[0]!)
    }
    await pair.same('cat', 'GET /fetch?length=100&since={c0}', { keep: { c1: 'cursor' } })
    for (let i = 0; i < 3; i++) await pair.same('cat', 'GET /fetch?since={c1}', { keep: { c1: 'cursor' } })
    await pair.same('amy', 'GET /fetch?since={c1}')
    await pair.same('cat', 'GET /fetch?since={c1}x')
    await pair.same('cat', 'GET /fetch?since={c1}.0')
    const [one, two] = pair.sides
    for (const [word, other] of [
      [one.word('c1'), two],
      [two.word('c1'), one],
    ] as const)
      other.words.set('foreign', word)
    await pair.same('cat', 'GET /fetch?since={foreign}')
  })

  test('ETags: the same while the page is, at every gateway', async () => {
    for (let i = 0; i < 3; i++) await pair.same('cat', 'GET /fetch?length=5', { keep: { etag: 'etag' } })
    for (const tag of ['{etag}', '"x", {etag}', '*', '"x"', 'W/"x"', '']) {
      for (let i = 0; i < 2; i++) await pair.same('cat', 'GET /fetch?length=5', { headers: { 'if-none-match': tag } })
    }
    await pair.same('cat', 'GET /fetch?length=5&since={c1}', { headers: { 'if-none-match': '{etag}' } })
    await pair.same('cat', 'HEAD /fetch?length=5')
    await pair.same('ben', 'PUT /messages/{n11}/like')
    await pair.soonEverywhere(
      'cat',
      'GET /fetch?length=5',
      ({ body }) => (body.messages as { likes: number }[])[1]?.likes === 1,
    )
    for (let i = 0; i < 2; i++)
      await pair.same('cat', 'GET /fetch?length=5', { headers: { 'if-none-match': '{etag}' } })
    await pair.same('ben', 'DELETE /messages/{n11}/like')
    await pair.soonEverywhere(
      'cat',
      'GET /fetch?length=5',
      ({ body }) => (body.messages as { likes: number }[])[1]?.likes === 0,
    )
    for (let i = 0; i < 2; i++)
      await pair.same('cat', 'GET /fetch?length=5', { headers: { 'if-none-match': '{etag}' } })
  })

  test('likes: counted once, listed, unliked; of what is deleted none', async () => {
    const names = ['li1', 'li2', 'li3', 'li4', 'li5']
    await pair.people(...names)
    await pair.same('amy', 'POST /send', { ...text('like me'), keep: { liked: 'id' } })
    await pair.same('li1', 'GET /messages/{liked}/likes')
    for (const name of names) {
      await pair.same(name, 'PUT /messages/{liked}/like')
      await pair.same(name, 'PUT /messages/{liked}/like')
    }
    await pair.same('li3', 'DELETE /messages/{liked}/like')
    await pair.same('li3', 'DELETE /messages/{liked}/like')
    await pair.same('cat', 'DELETE /messages/{liked}/like')
    await pair.soonEverywhere('li1', 'GET /messages/{liked}', ({ body }) => body.likes === 4)
    await pair.soonEverywhere('li3', 'GET /messages/{liked}', ({ body }) => body.likes === 4)
    for (const length of [1, 2, 4, 100]) await pair.walk('li1', '/messages/{liked}/likes', 'users', length)
    await pair.same('li1', 'DELETE /messages/{liked}')
    await pair.same('amy', 'DELETE /messages/{liked}')
    for (let i = 0; i < 2; i++) {
      await pair.same('amy', 'DELETE /messages/{liked}')
      await pair.same('li1', 'GET /messages/{liked}/likes')
      await pair.same('li1', 'PUT /messages/{liked}/like')
      await pair.same('li1', 'DELETE /messages/{liked}/like')
    }
  })

  test('search: by words, by hashtags, in pages, without what was deleted', async () => {
    await pair.people('sea')
    const texts = [
      'Alpha beta #Gamma',
      'ALPHA gamma',
      'álpha βήτα',
      '東京タワー alpha',
      'alpha "beta" (gamma) -delta',
      '#alpha',
    ]
    for (const [i, each] of texts.entries())
      await pair.same('sea', 'POST /send', { ...text(each), keep: { [`s${i}`]: 'id' } })
    const search = (query: string, more = '') => `GET /search?query=${encodeURIComponent(query)}${more}`
    await pair.soonEverywhere('wes', search('alpha'), has(6))
    for (const query of [
      'beta',
      'BETA alpha',
      '#gamma',
      'gamma',
      '#alpha',
      'βητα',
      '東京',
      '京',
      '京東',
      'タワ alpha',
      'alp',
    ])
      await pair.soonEverywhere('wes', search(query))
    for (const query of ['"beta"', 'alpha OR beta', 'alpha*', '-delta', 'a'.repeat(200), '%_', 'NEAR(alpha)'])
      await pair.same('wes', search(query))
    for (const length of [1, 2, 5, 6, 7]) await pair.walk('wes', '/search?query=alpha', 'messages', length)
    await pair.same('wes', search('alpha', '&before={s3}'))
    await pair.same('wes', search('alpha', '&before={s0}'))
    await pair.same('sea', 'DELETE /messages/{s2}')
    await pair.soonEverywhere('wes', search('alpha'), has(5))
    await pair.walk('wes', '/search?query=alpha', 'messages', 2)
    await pair.same('sea', 'PUT /users/{wesId}/block')
    await pair.soonEverywhere('wes', search('alpha'), has(0))
    await pair.same('sea', 'DELETE /users/{wesId}/block')
    await pair.soonEverywhere('wes', search('alpha'), has(5))
  })

  test('deleting: gone from pages, lists and counts, told to cursors', async () => {
    await pair.same('cat', 'GET /fetch?length=100', { keep: { c2: 'cursor' } })
    for (const [who, id] of [
      ['amy', 'n1'],
      ['ben', 'n3'],
      ['cat', 'n12'],
    ])
      await pair.same(who!, `DELETE /messages/{${id}}`)
    await pair.soonEverywhere('cat', 'GET /fetch?length=100', has(10))
    for (const side of pair.sides) {
      const wanted = ['n1', 'n3', 'n12'].map((word) => side.word(word))
      for (const _ of side.servers) {
        const { body } = await side.ask('cat', 'GET', '/fetch?since={c2}', {})
        expect(body.deleted).toEqual(expect.arrayContaining(wanted))
      }
    }
    for (const id of ['n1', 'n3', 'n12'])
      await pair.soonEverywhere('ben', `GET /messages/{${id}}`, ({ status }) => status === 404)
    await pair.walk('cat', '/fetch', 'messages', 3)
    await pair.walk('cat', '/users/{amyId}/messages', 'messages', 3)
    await pair.soonEverywhere('cat', 'GET /users/{amyId}', ({ body }) => body.messages === 7)
  })

  test('unfollowing hides at once, following again brings the pages back, not the arrivals', async () => {
    await pair.same('cat', 'GET /fetch?length=100', { keep: { c3: 'cursor' } })
    await pair.same('cat', 'DELETE /users/{amyId}/follow')
    for (let i = 0; i < 2; i++) await pair.same('cat', 'GET /fetch?length=100')
    await pair.same('amy', 'POST /send', text('unseen at first'))
    await pair.same('cat', 'PUT /users/{amyId}/follow')
    await pair.soonEverywhere('cat', 'GET /fetch?length=100', has(11))
    await pair.same('cat', 'GET /fetch?length=100&preview=4')
    await pair.same('amy', 'POST /send', text('seen'))
    await pair.soonEverywhere('cat', 'GET /fetch?length=100', has(12))
    const { body } = await pair.soon('cat', 'GET /fetch?since={c3}', has(1))
    expect(body.messages).toMatchObject([{ text: 'seen' }])
  })
}
