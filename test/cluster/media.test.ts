import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { png } from '../media/samples.ts'
import { type Account, call, signUp } from '../system/client.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { Installation } from './processes.ts'

interface Answer {
  readonly id: string
  readonly field?: string
}

describe('media at several gateways', () => {
  const installation = new Installation()
  const elsewhere = mkdtempSync(join(tmpdir(), 'rookery-'))
  let one: ServerProcess
  let other: ServerProcess
  let ann: Account

  beforeAll(async () => {
    // Who publishes is another process than who takes uploads.
    one = await installation.start('gateway')
    other = await installation.start('gateway,publish,fanout,notify')
    ann = await signUp(one.address, 'ann')
  }, 120_000)
  afterAll(async () => {
    await installation.remove()
    rmSync(elsewhere, { recursive: true })
  }, 60_000)

  const head = async (server: ServerProcess, path: string) => (await fetch(`${server.address}${path}`)).status

  test('what one takes every other gives, shows and takes away', async () => {
    const form = new FormData()
    form.set('file', new Blob([png(60, 40)]), 'a.png')
    const headers = { authorization: `Bearer ${ann.token}` }
    const made = await fetch(`${one.address}/media`, { method: 'POST', headers, body: form })
    expect(made.status).toBe(201)
    const medium = (await made.json()) as { id: string; url: string }
    for (const server of [one, other]) expect(await head(server, medium.url)).toBe(200)

    const sent = await call<Answer>(one.address, 'POST', '/send', { token: ann.token, body: { media: [medium.id] } })
    expect(sent.status).toBe(201)
    for (const { address } of [one, other]) {
      const page = await call<{ messages: unknown[] }>(address, 'GET', '/fetch', { token: ann.token })
      expect(page.body.messages).toMatchObject([{ text: '', media: [medium] }])
    }
    const again = await call<Answer>(other.address, 'POST', '/send', { token: ann.token, body: { media: [medium.id] } })
    expect([again.status, again.body.field]).toEqual([422, 'media[0]'])

    const { status } = await call(one.address, 'DELETE', `/messages/${sent.body.id}`, { token: ann.token })
    expect(status).toBe(204)
    for (const server of [one, other]) expect(await head(server, medium.url)).toBe(404)
  }, 60_000)

  test('a gateway whose uploads are elsewhere is refused in one sentence', async () => {
    const stranger = await installation.prepare('gateway', ['--media', elsewhere])
    await expect(stranger.start()).rejects.toThrow('give all its gateways the same --media')
    expect(await stranger.ended()).toBe(1)
    await until(async () => (await head(one, '/readyz')) === 200)
  }, 60_000)

  test('a process that is no gateway needs no place for uploads', async () => {
    const worker = await installation.start('publish', ['--media', elsewhere])
    expect(await head(worker, '/readyz')).toBe(200)
  }, 60_000)
})
