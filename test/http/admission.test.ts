import { describe, expect, test } from 'bun:test'
import { queueDelayFirstMs, queueDelayMaxMs, queueRequestsMin } from '../../src/core/limits.ts'
import { createAdmission } from '../../src/gateway/admission.ts'
import { until } from '../until.ts'
import { openServer } from './harness.ts'

describe('admission [S6]', () => {
  test('refuses while the server’s own request is overdue, and no longer', async () => {
    const answers: PromiseWithResolvers<void>[] = []
    const admission = createAdmission(() => {
      answers.push(Promise.withResolvers())
      return answers.at(-1)!.promise
    })
    const crowd = (nowMs: number) => {
      for (let i = 1; i < queueRequestsMin; i++) expect(admission.overloaded(nowMs)).toBe(false)
    }
    crowd(1_000)
    // By itself it may be a pause of the machine.
    expect(admission.overloaded(1_000 + queueDelayFirstMs)).toBe(false)
    expect(admission.overloaded(1_001 + queueDelayFirstMs)).toBe(true)
    expect(answers).toHaveLength(1)
    answers[0]!.resolve()
    await until(() => !admission.overloaded(1_001 + queueDelayFirstMs))
    // After a rest it asks again, once others come; a failure is no queue.
    await until(() => {
      admission.overloaded(5_000)
      return answers.length === 2
    })
    crowd(5_000 + queueDelayMaxMs)
    expect(admission.overloaded(5_001 + queueDelayMaxMs)).toBe(true)
    answers[1]!.reject(new Error('connection refused'))
    await until(() => !admission.overloaded(5_001 + queueDelayMaxMs))
  })

  test('a few requests are no queue, however late its own is answered', () => {
    const admission = createAdmission(() => new Promise(() => {}))
    for (let i = 1; i < queueRequestsMin; i++) expect(admission.overloaded(i * 1_000)).toBe(false)
    expect(admission.overloaded(queueRequestsMin * 1_000)).toBe(true)
  })

  test('what is refused is 503 `overloaded` with `Retry-After`; operators are answered all the same', async () => {
    let overloaded = false
    const server = openServer({ admission: { overloaded: () => overloaded } })
    const ann = await server.person('ann')
    overloaded = true
    for (const [method, path] of [
      ['GET', '/fetch'],
      ['GET', '/fetch?length=5'],
      ['POST', '/send'],
      ['GET', '/nowhere'],
    ] as const) {
      const { status, body, headers } = await server.ask(method, path, { token: ann.token })
      expect([path, status, body.code, headers.get('retry-after')]).toEqual([path, 503, 'overloaded', '1'])
    }
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await server.ask('GET', path)).status).toBe(200)
    overloaded = false
    expect((await server.ask('GET', '/fetch', { token: ann.token })).status).toBe(200)
    await server.close()
  })
})
