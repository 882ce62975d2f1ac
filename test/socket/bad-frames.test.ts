import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { asyncApi } from '../../src/gateway/description/asyncapi.ts'
import { Client, type Gateway, openGateway, type Person } from './harness.ts'
import { malformed, refusedArguments, refusedByDescription } from './refused-frames.ts'

const groups = { malformed, refusedArguments, 'every op, by its description': refusedByDescription(asyncApi()) }

describe('[D4] bad frames are refused with code, field and a sentence, and the socket goes on', () => {
  let gateway: Gateway
  let ada: Person
  let client: Client
  beforeAll(async () => {
    gateway = openGateway()
    ada = await gateway.person('ada')
    client = await Client.ready(gateway, ada)
  })
  afterAll(() => gateway.close())

  for (const [group, cases] of Object.entries(groups)) {
    describe(group, () => {
      for (const { what, text, refused, ref } of cases) {
        test(what, async () => {
          const before = client.frames.length
          client.send(text)
          const { error } = await client.refusalAfter(before, ref)
          expect([error.code, error.field]).toEqual([refused[0], refused[1]])
          expect(error.detail).toMatch(/^\S.{15,}\.$/s)
        })
      }
    })
  }

  test('afterwards nothing is half done, and everything works', async () => {
    expect(gateway.problems).toEqual([])
    expect(await client.ask({ op: 'fetch', ref: 'f' })).toMatchObject({ ok: { messages: [] } })
    expect(await client.ask({ op: 'send', ref: 's', text: 'well' })).toHaveProperty('ok')
    expect(client.closed).toBeUndefined()
  })
})
