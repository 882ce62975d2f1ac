import { expect, test } from 'bun:test'
import { Random } from '../../src/sim/random.ts'
import type { Pair } from './same-pair.ts'
import type { Asked } from './same-side.ts'
import { SocketPair } from './same-sockets.ts'

const seed = Number(process.env.ROOKERY_TEST_SEED ?? 20_250_101)
const operations = 250
const names = Array.from({ length: 8 }, (_, i) => `rnd${i}`)
/** Of so many messages who likes them is compared: a page of likers is the dearest read on a cluster. */
const likersLooked = 12
/** Whom they follow stays as it is, so that what their sockets are told depends on nothing but what is published. */
const steady = names.slice(0, 2)

/** Whatever many people do in whatever order: in the end everybody is shown the same. */
export function random(pair: Pair): void {
  test(`${operations} operations among ${names.length} people, of seed ${seed}`, async () => {
    const chance = new Random(seed)
    const pick = <T>(list: readonly T[]): T => list[Math.floor(chance.number() * list.length)]!
    await pair.people(...names)
    for (const name of steady)
      for (const other of names) if (other !== name) await pair.same(name, `PUT /users/{${other}Id}/follow`)
    for (const name of names) await pair.same(name, 'GET /fetch', { keep: { [`${name}At`]: 'cursor' } })
    for (const name of names) await pair.soonEverywhere(name, 'GET /users/me')
    const sockets = await Promise.all(steady.map((name) => SocketPair.ready(pair, name)))

    const there: { word: string; author: string }[] = []
    let sent = 0
    const send = async (author: string) => {
      const word = `rm${sent++}`
      const keyed = chance.number() < 0.2 ? { headers: { 'idempotency-key': word } } : {}
      await pair.same(author, 'POST /send', {
        json: { text: `${word} ${chance.bits()}` },
        ...keyed,
        keep: { [word]: 'id' },
      })
      there.push({ word, author })
    }
    // An older one: of the last 2 s a cluster waits with it.
    const remove = async () => {
      const { word, author } = there.splice(Math.floor((chance.number() * there.length) / 3), 1)[0]!
      await pair.same(author, `DELETE /messages/{${word}}`)
    }
    for (let i = 0; i < operations; i++) {
      const [who, other] = [pick(names), pick(names)]
      const what = chance.number()
      if (what < 0.4 || there.length === 0) await send(who)
      else if (what < 0.48) await remove()
      else if (what < 0.68) {
        const call = `${chance.number() < 0.7 ? 'PUT' : 'DELETE'} /messages/{${pick(there).word}}/like`
        await butForCounts(pair, who, call, {}, 'liked')
      } else if (what < 0.9 && !steady.includes(who)) {
        await pair.same(who, `${chance.number() < 0.6 ? 'PUT' : 'DELETE'} /users/{${other}Id}/follow`)
      } else if (what < 0.95)
        await butForCounts(pair, who, 'PATCH /users/me', { json: { name: `${who} ${i}` } }, 'name')
      else await pair.same(who, 'GET /users/{rnd0Id}/messages?length=1')
    }

    for (const name of names) {
      await pair.walk(name, '/fetch', 'messages', 7)
      await pair.walk(name, `/users/{${name}Id}/messages`, 'messages', 10)
      for (const list of ['followers', 'following']) await pair.walk(name, `/users/{${name}Id}/${list}`, 'users', 3)
      await pair.soonEverywhere(name, 'GET /users/me')
    }
    for (const { word } of there.slice(0, likersLooked))
      await pair.walk('rnd0', `/messages/{${word}}/likes`, 'users', 3)
    for (const name of names) await sinceTheBeginning(pair, name)
    for (const each of sockets) {
      await each.stayed(there.map(({ word }) => word))
      each.close()
    }
  })
}

/** Counts that another process has changed may be a moment old (SPEC, [L4] and [G10]): only `word` is compared at once. */
async function butForCounts(pair: Pair, who: string, call: string, asked: Asked, word: string): Promise<void> {
  const [method, path] = call.split(' ') as [string, string]
  const answers = await Promise.all(pair.sides.map((side) => side.ask(who, method, path, asked)))
  const [one, two] = answers.map(({ status, body }) => [status, body[word]])
  expect(two, `${call} of ${who}`).toEqual(one!)
}

/** All that arrived since the beginning, as it is left: what is deleted or hidden by now is in no page. */
async function sinceTheBeginning(pair: Pair, name: string): Promise<void> {
  const seen = await Promise.all(
    pair.sides.map(async (side) => {
      const messages: Record<string, unknown>[] = []
      let since = side.word(`${name}At`)
      for (let more = true; more; ) {
        const { body } = await side.ask(name, 'GET', `/fetch?length=100&since=${since}`, {})
        messages.push(...(body.messages as Record<string, unknown>[]))
        since = body.cursor as string
        more = body.more as boolean
      }
      return side.seenJson(messages.sort((a, b) => Number(b.id) - Number(a.id))).view
    }),
  )
  expect(seen[1], `what came to ${name} since the beginning`).toBe(seen[0]!)
}
