import { expect } from 'bun:test'
import type { OpenApi } from '../../src/gateway/description/openapi.ts'
import { openServer } from './harness.ts'
import { describeRefusals } from './refusals.ts'
import { refusedByDescription } from './refused-by-description.ts'

const server = openServer()
const document = (await server.ask('GET', '/openapi.json')).body as unknown as OpenApi
await server.close()

describeRefusals({ 'every call, by its description': refusedByDescription(document) }, async (server, ada) => {
  const { body: me } = await server.ask('GET', '/users/me', { token: ada.token })
  expect(me).toMatchObject({ name: 'ada', bio: '', following: 0, messages: 0 })
})
