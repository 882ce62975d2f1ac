import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { logInsPerMinute } from '../../src/core/limits.ts'
import { hostSecret, inSeconds, signed } from '../signed.ts'
import { call } from '../system/client.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { FrameSocket } from './frames.ts'
import { Installation } from './processes.ts'

const installation = new Installation()
let gateways: ServerProcess[]
beforeAll(async () => {
  const options = ['--jwt-secret', hostSecret, '--rate-limits', 'on']
  gateways = [
    await installation.start('gateway,publish,fanout,notify', options),
    await installation.start('gateway', options),
  ]
}, 120_000)
afterAll(() => installation.remove(), 60_000)

const me = ({ address }: ServerProcess, token: string) =>
  call<{ id: string; handle: string; name: string }>(address, 'GET', '/users/me', { token })

describe('a token that a host product signs, at two gateways [HU4] [HU5]', () => {
  test('first sight at both at once makes one user', async () => {
    for (let i = 0; i < 5; i++) {
      const token = await signed({ sub: `new ${i}`, preferred_username: `new_${i}`, exp: inSeconds(600) })
      const seen = await Promise.all([...gateways, ...gateways, ...gateways].map((gateway) => me(gateway, token)))
      expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 200))
      expect(new Set(seen.map(({ body }) => body.id)).size).toBe(1)
      expect(seen[0]!.body.handle).toBe(`new_${i}`)
    }
  })

  test('a new name that one gateway was told is shown by the other', async () => {
    const token = (name: string, iat: number) => signed({ sub: 'named', name, iat, exp: inSeconds(600) })
    const before = await token('Before', inSeconds(-10))
    for (const gateway of gateways) expect((await me(gateway, before)).body.name).toBe('Before')
    await me(gateways[0]!, await token('After', inSeconds(0)))
    await until(async () => (await me(gateways[1]!, before)).body.name === 'After', 10_000)
  })

  test('logged out at one it is dead at both within 5 s, its sockets closed 4401', async () => {
    const token = await signed({ sub: 'leaving', exp: inSeconds(600) })
    const kept = await signed({ sub: 'leaving', exp: inSeconds(601) })
    for (const gateway of gateways) for (const each of [token, kept]) await me(gateway, each)
    const socket = await FrameSocket.open(gateways[1]!.address, token)
    await call(gateways[0]!.address, 'DELETE', '/sessions', { token })
    await until(async () => (await me(gateways[1]!, token)).status === 401, 5_000)
    expect((await me(gateways[0]!, token)).status).toBe(401)
    await until(() => socket.closedWith === 4401, 5_000)
    for (const gateway of gateways) expect((await me(gateway, kept)).status).toBe(200)
  })
})

describe('rates at two gateways [R1]', () => {
  test('what one allows is missing at the other a second later', async () => {
    const logIn = async ({ address }: ServerProcess) => {
      const body = JSON.stringify({ handle: 'nobody_here', password: 'wrong password' })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${address}/sessions`, { method: 'POST', headers, body })
      await answer.text()
      return answer
    }
    const left = (answer: Response) => Number(/;r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1])
    const half = logInsPerMinute / 2
    for (let i = 0; i < half; i++) expect((await logIn(gateways[0]!)).status).toBe(401)
    const first = await logIn(gateways[1]!)
    expect([first.status, left(first)]).toEqual([401, expect.any(Number)])
    // Settled, the other knows what was taken here; what came back meanwhile is little.
    await until(async () => left(await logIn(gateways[1]!)) <= logInsPerMinute - half, 10_000)
    let last = await logIn(gateways[1]!)
    for (let i = 0; i < logInsPerMinute && last.status !== 429; i++) last = await logIn(gateways[1]!)
    expect(last.status).toBe(429)
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0)
    await until(async () => (await logIn(gateways[0]!)).status === 429, 10_000)
  })
})
