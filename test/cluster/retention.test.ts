import { afterAll, expect, test } from 'bun:test'
import { idAt } from '../../src/core/ids.ts'
import { messageBody } from '../../src/core/message.ts'
import { call, sendSurely, signUp, wholeTimeline } from '../system/client.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { openTestCluster } from './cluster.ts'
import { Installation } from './processes.ts'

const dayMs = 86_400_000
const installation = new Installation()
afterAll(() => installation.remove(), 60_000)

async function takenBy({ address }: ServerProcess): Promise<number> {
  const metrics = await (await fetch(`${address}/metrics`)).text()
  return Number(/^rookery_retention_taken_total (\d+)/m.exec(metrics)?.[1] ?? 0)
}

test('[RT1] --keep: what is older is hidden at every gateway at once, taken away by one of them, and gone without the option too', async () => {
  const first = await installation.start()
  const [ann, ben] = [await signUp(first.address, 'ann'), await signUp(first.address, 'ben')]
  await call(first.address, 'PUT', `/users/${ann.id}/follow`, { token: ben.token })
  expect(await first.end('SIGTERM')).toBe(0)

  const engine = await openTestCluster(installation.keyspace)
  async function storeOld(days: number, count: number): Promise<number[]> {
    const ids = Array.from({ length: count }, (_, i) => idAt(Date.now() - days * dayMs + i * 60_000))
    for (const id of ids) {
      const body = messageBody(id, 'old')
      await engine.messages.store({ id, author: Number(ann.id), mode: 'pushed', prev: [], crossed: false, body })
    }
    await engine.outboxRows.done(ids)
    return ids
  }
  const old = await storeOld(30, 120)
  const young = await storeOld(6, 3)
  await engine.likes.like(Number(ben.id), old[0]!)
  await engine.close()

  const gateways = await Promise.all([1, 2].map(() => installation.start(undefined, ['--keep', '7d'])))
  const fresh = await sendSurely(gateways[0]!.address, ann, 'new', 'new')
  const kept = [fresh, ...young.toReversed().map(String)]
  const isGone = async ({ address }: ServerProcess) => {
    expect((await wholeTimeline(address, ann)).map(({ id }) => id)).toEqual(kept)
    for (const id of [old[0], old.at(-1)]) {
      expect((await call(address, 'GET', `/messages/${id}`, { token: ben.token })).status).toBe(404)
    }
  }
  for (const gateway of gateways) await isGone(gateway)
  await until(async () => {
    const taken = await Promise.all(gateways.map(takenBy))
    return taken[0]! + taken[1]! >= old.length
  }, 60_000)
  for (const gateway of gateways) expect(await gateway.end('SIGTERM')).toBe(0)

  const after = await installation.start()
  await isGone(after)
  const { body } = await call<{ messages: number }>(after.address, 'GET', `/users/${ann.id}`, { token: ben.token })
  expect(body.messages).toBe(kept.length)
}, 180_000)
