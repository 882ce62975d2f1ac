import { expect, test } from 'bun:test'
import { openServer } from './harness.ts'
import { describeRefusals } from './refusals.ts'
import { others, paths, reading, tokens } from './refused-requests.ts'

describeRefusals({ reading, paths, others, tokens }, async (server, ada) => {
  const page = await server.ask('GET', '/fetch', { token: ada.token })
  expect(page.body).toMatchObject({ messages: [], more: false })
})

test('what the rules allow is taken', async () => {
  const server = openServer()
  const { token } = await server.person('ada')
  for (const path of [
    '/fetch?',
    '/fetch?x=%FF&length=100',
    '/fetch?length=1#x',
    '/fetch?preview=0',
    '/fetch?preview=100000',
    '/fetch?preview=99999999999999999999',
    '/fetch?%FF=1&%zz',
  ]) {
    expect([path, (await server.ask('GET', path, { token })).status]).toEqual([path, 200])
  }
  await server.close()
})
