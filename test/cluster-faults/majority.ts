import { expect } from 'bun:test'
import { type Account, call, sendSurely, signUp, wholeTimeline } from '../system/client.ts'
import { lasting, until } from '../until.ts'
import type { Stage } from './faults.ts'

/** No answer may take longer, whatever is away: a client must not wait for what cannot come. */
const answerMsMax = 10_000
const awayMs = 10_000

interface Asked {
  readonly what: string
  readonly status: number
  readonly ms: number
}

/** Most nodes of Cassandra die: no quorum is left. Nothing is acknowledged, nothing hangs, and all comes back by itself. */
export async function loseMajority({ cluster, servers }: Pick<Stage, 'cluster' | 'servers'>): Promise<void> {
  const [one, two] = servers.map((server) => server.address) as [string, string]
  const author = await signUp(one, 'steadfast')
  const reader = await signUp(two, 'patient')
  await call(two, 'PUT', `/users/${author.id}/follow`, { token: reader.token })
  const before = await sendSurely(one, author, 'before', 'before')
  await until(async () => (await wholeTimeline(two, reader)).some(({ id }) => id === before), 30_000, 'the first post')

  const dying = cluster.nodes().filter(({ kind }) => kind === 'cassandra')
  const dead = dying.slice(0, -1).map(({ name }) => name)
  await Promise.all(dead.map((name) => cluster.kill(name)))
  await until(async () => (await Promise.all([one, two].map(ready))).every((status) => status === 503), 15_000, '503')
  const asked = await askAll([one, two], author, reader)
  expect(asked.filter(({ ms }) => ms > answerMsMax)).toEqual([])
  expect(asked.filter(({ status }) => ![200, 503].includes(status))).toEqual([])
  expect(asked.filter(({ what, status }) => what.startsWith('send') && status !== 503)).toEqual([])

  await Promise.all(dead.map((name) => cluster.start(name)))
  await until(async () => (await Promise.all([one, two].map(ready))).every((status) => status === 200), 60_000, '200')
  // What was refused is made by the same keys, each once.
  const keys = [...new Set(asked.flatMap(({ what }) => (what.startsWith('send') ? [what] : [])))]
  const made: string[] = []
  for (const key of keys) made.push(await sendSurely(two, author, key, key))
  const all = [before, ...made]
  const timeline = async () => (await wholeTimeline(two, reader)).map(({ id }) => id)
  await until(async () => (await timeline()).length >= all.length, 75_000, 'all posts')
  expect((await timeline()).toSorted()).toEqual(all.toSorted())
}

const ready = (address: string) => fetch(`${address}/readyz`).then(({ status }) => status)

/** For a while, at every gateway: a post with a key of its own each second, and reads. */
async function askAll(addresses: readonly string[], author: Account, reader: Account): Promise<Asked[]> {
  const asked: Promise<Asked>[] = []
  const until = performance.now() + awayMs
  for (let n = 0; performance.now() < until; n++) {
    for (const address of addresses) {
      const key = `send ${n}`
      asked.push(ask(key, address, '/send', author, { method: 'POST', key, text: key }))
      for (const path of ['/fetch', '/users/me']) asked.push(ask(path, address, path, reader))
    }
    await lasting(1_000)
  }
  return Promise.all(asked)
}

async function ask(
  what: string,
  address: string,
  path: string,
  { token }: Account,
  post?: { method: string; key: string; text: string },
): Promise<Asked> {
  const began = performance.now()
  const authorization = `Bearer ${token}`
  const response = await fetch(address + path, {
    headers: { authorization, ...(post && { 'content-type': 'application/json', 'idempotency-key': post.key }) },
    ...(post && { method: post.method, body: JSON.stringify({ text: post.text }) }),
    signal: AbortSignal.timeout(2 * answerMsMax),
  })
  await response.text()
  return { what, status: response.status, ms: performance.now() - began }
}
