import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { until } from '../until.ts'
import { Client, type Gateway, openGateway, type Person } from './harness.ts'

let gateway: Gateway
beforeAll(() => {
  gateway = openGateway()
})
afterAll(() => {
  expect(gateway.problems).toEqual([])
  gateway.close()
})

let count = 0
/** An author, somebody who follows them and boosts, and a reader of that one alone. */
async function three(on = gateway): Promise<{ author: Person; booster: Person; reader: Person }> {
  const n = ++count
  const [author, booster] = [await on.person(`author${n}`), await on.person(`booster${n}`)]
  const reader = await on.person(`reader${n}`)
  await on.follow(booster, author)
  await on.follow(reader, booster)
  return { author, booster, reader }
}

type Json = { id: string; boostOf?: Json; replyTo?: string; you?: object; text: string; boosts: number }
const message = (frame: { message?: unknown }) => frame.message as Json

describe('boosts and replies on sockets', () => {
  test('a boost is sent as over HTTP, and goes live around what it boosts', async () => {
    const { author, booster, reader } = await three()
    const original = String(await gateway.publish(author, 'original'))
    const [sender, live] = [await Client.ready(gateway, booster), await Client.ready(gateway, reader)]
    const cut = await Client.ready(gateway, reader, { preview: 4 })
    const sent = await sender.ask({ op: 'send', ref: 'b', boostOf: original })
    const boost = sent.ok as unknown as Json
    expect(boost).toMatchObject({ text: '', boostOf: { id: original, boosts: 1, you: { boosted: true } } })
    expect(await sender.ask({ op: 'send', ref: 'b', boostOf: original })).toEqual(sent)
    const got = message(await live.next('message'))
    expect(got).toMatchObject({ id: boost.id, boostOf: { id: original, you: { liked: false, boosted: false } } })
    expect(message(await cut.next('message'))).toMatchObject({ text: '', boostOf: { text: 'orig', truncated: true } })
    const reply = (await sender.ask({ op: 'send', ref: 'r', text: 'indeed', replyTo: boost.id })).ok as unknown as Json
    expect(reply.replyTo).toBe(original)
    await until(() => live.texts.includes('indeed'))
    const refused = await sender.ask({ op: 'send', ref: 'x', text: 'no', boostOf: original })
    expect(refused.error).toMatchObject({ code: 'invalid', field: 'text' })
  })

  test('who likes or boosts it already sees that live', async () => {
    const { author, booster, reader } = await three()
    const original = await gateway.publish(author, 'mine too')
    await gateway.like(reader, original)
    await gateway.road.publish(reader.id, { boostOf: original })
    await gateway.settled()
    const live = await Client.ready(gateway, reader)
    await gateway.road.publish(booster.id, { boostOf: original })
    expect(message(await live.next('message'))).toMatchObject({
      boostOf: { you: { liked: true, boosted: true }, boosts: 2 },
    })
  })

  test('a boost of somebody who is muted does not come', async () => {
    const { author, booster, reader } = await three()
    const original = await gateway.publish(author, 'unwanted')
    await gateway.mute(reader, author)
    const live = await Client.ready(gateway, reader)
    await gateway.road.publish(booster.id, { boostOf: original })
    await gateway.publish(booster, 'wanted')
    await until(() => live.texts.length > 0)
    expect(live.texts).toEqual(['wanted'])
  })

  test('who shows a boost is told when what it boosts is deleted', async () => {
    const { author, booster, reader } = await three()
    const original = await gateway.publish(author, 'short-lived')
    const live = await Client.ready(gateway, reader)
    const { id } = await gateway.road.publish(booster.id, { boostOf: original })
    await live.next('message')
    const cursor = live.lastCursor
    await gateway.road.deleteMessage(author.id, original)
    const told = () => live.frames.filter((frame) => frame.event === 'deleted').map((frame) => frame.id)
    await until(() => told().length === 2)
    expect(told()).toEqual([String(original), String(id)])
    const again = await Client.ready(gateway, reader, { since: cursor })
    await until(() => again.frames.some((frame) => frame.event === 'deleted' && frame.id === String(id)))
    expect(again.texts).toEqual([])
  })

  test('a boost whose original is deleted while it is on its way is not sent', async () => {
    const here: { deleteFirst?: () => Promise<void> } = {}
    const between = openGateway({
      needs: (needs) => ({
        ...needs,
        present: {
          ...needs.present,
          async live(id) {
            const found = await needs.present.live(id)
            await here.deleteFirst?.()
            return found
          },
        },
      }),
    })
    const { author, booster, reader } = await three(between)
    const original = await between.publish(author, 'gone')
    await between.settled()
    const live = await Client.ready(between, reader)
    here.deleteFirst = () => between.road.deleteMessage(author.id, original).catch(() => {})
    await between.road.publish(booster.id, { boostOf: original })
    await until(() => live.frames.some((frame) => frame.event === 'deleted'))
    await between.publish(booster, 'after')
    await until(() => live.texts.includes('after'))
    expect(live.frames.some((frame) => frame.event === 'message' && message(frame).boostOf)).toBe(false)
    between.close()
  })
})
