import { afterEach, describe, expect, test } from 'bun:test'
import type { MessageId, UserId } from '../../src/core/ids.ts'
import { publishesPerAuthorMax, publishesWaitingPerAuthorMax, settleMs } from '../../src/core/limits.ts'
import { Refusal } from '../../src/core/refusal.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { type Clock, systemClock } from '../../src/ports/clock.ts'
import type { Engine } from '../../src/ports/engine.ts'
import type { FollowGraph } from '../../src/ports/graph.ts'
import type { Idempotency } from '../../src/ports/idempotency.ts'
import type { Inbox } from '../../src/ports/inbox.ts'
import type { MessageStore, NewMessage } from '../../src/ports/messages.ts'
import type { Queue } from '../../src/ports/queue.ts'
import { newJob } from '../../src/ports/support.contract.ts'
import { createRoad, type Road } from '../../src/services/road.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'

let stop = new AbortController()
afterEach(() => stop.abort())

function open(
  hotFollowers = 1_000,
  engineOptions: Parameters<typeof createMemoryEngine>[0] = {},
  engine: Engine = createMemoryEngine(engineOptions),
  clock: Clock = systemClock,
) {
  const road = createRoad(engine, {
    clock,
    chance: systemChance,
    authorJson: (author) => `{"id":"${author}","handle":"u${author}","name":"u${author}"}`,
    hotFollowers,
    dormantAfterMs: 1e9,
    bodiesBytesMax: 1e6,
    log: (problem, error) => {
      throw new Error(problem, { cause: error })
    },
  })
  stop = new AbortController()
  void road.run(stop.signal)
  const follow = (reader: UserId, followee: UserId) => engine.graph.follow(reader, followee, road.ids.floor(), false)
  const quiet = () => until(async () => (await engine.outboxRows.lowestUndone()) === Number.POSITIVE_INFINITY)
  return { engine, road, follow, quiet }
}

const texts = (messages: string[]) => messages.map((json) => JSON.parse(json).text as string)

/** Follows a `since` chain until nothing more comes. */
async function drain(road: Road, reader: UserId, cursor: string, length = 3) {
  const got: string[] = []
  for (;;) {
    const page = await road.timeline.page(reader, { length, since: cursor })
    got.push(...texts(page.messages).reverse())
    cursor = page.cursor!
    if (!page.more) return { got, cursor }
  }
}

describe('the road on the memory engine', () => {
  test('of many messages that one author sends at once none is refused, and all keep the order they came in', async () => {
    const { road } = open()
    const wanted = Array.from({ length: 200 }, (_, i) => `m${i}`)
    const sent = await Promise.all(wanted.map((text) => road.publish(2, { text })))
    expect(sent.map((record) => record.id)).toEqual(sent.map((record) => record.id).sort((a, b) => a - b))
    const over = Array.from({ length: publishesPerAuthorMax + publishesWaitingPerAuthorMax + 1 }, () =>
      road.publish(2, { text: 'again' }).then(
        () => 'sent',
        (error: Refusal) => error.code,
      ),
    )
    expect((await Promise.all(over)).filter((each) => each !== 'sent')).toEqual(['rate_limited'])
  })

  test('a message reaches a follower’s page and since chain, and the author’s own page at once', async () => {
    const { road, follow, quiet } = open()
    await follow(1, 2)
    const { cursor } = await road.timeline.page(1, { length: 20 })
    await road.publish(2, { text: 'hello' })
    expect(texts((await road.timeline.page(2, { length: 20 })).messages)).toEqual(['hello'])
    await quiet()
    expect(texts((await road.timeline.page(1, { length: 20 })).messages)).toEqual(['hello'])
    const since = await drain(road, 1, cursor!)
    expect(since.got).toEqual(['hello'])
    expect(await drain(road, 1, since.cursor)).toMatchObject({ got: [] })
  })

  test('[A1] a chain of since pages gives everything once, in the author’s order, pushed and hot in turn', async () => {
    const { road, follow, quiet, engine } = open(2)
    for (const reader of [1, 11, 12]) await follow(reader, 2)
    let cursor = (await road.timeline.page(1, { length: 20 })).cursor!
    const sent: string[] = []
    const got: string[] = []
    for (let i = 0; i < 30; i++) {
      // Three followers are hot, one is not (hysteresis ends below 80 % of two).
      if (i % 10 === 5) for (const reader of [11, 12]) await engine.graph.unfollow(reader, 2)
      if (i % 10 === 0) for (const reader of [11, 12]) await follow(reader, 2)
      await road.publish(2, { text: `m${i}` })
      sent.push(`m${i}`)
      if (i % 7 === 0) {
        const step = await drain(road, 1, cursor)
        got.push(...step.got)
        cursor = step.cursor
      }
    }
    await quiet()
    got.push(...(await drain(road, 1, cursor)).got)
    expect(got).toEqual(sent)
    const pages: string[] = []
    for (let before: number | undefined; ; ) {
      const page = await road.timeline.page(1, before === undefined ? { length: 7 } : { length: 7, before })
      pages.push(...texts(page.messages))
      if (page.next === undefined) break
      before = Number(page.next)
    }
    expect(pages).toEqual(sent.toReversed())
    const modes = (await engine.messages.outbox(2, Number.MAX_SAFE_INTEGER, 100)).map((entry) => entry.mode)
    expect(new Set(modes)).toEqual(new Set(['pushed', 'hot']))
  })

  test('[P1] a newest page that was made while its reader was following is not given again without what that brought', async () => {
    const memory = createMemoryEngine()
    let between = async () => {}
    const inbox: Inbox = new Proxy(memory.inbox, {
      get(target, name: keyof Inbox) {
        if (name !== 'page') return target[name].bind(target)
        return async (...asked: Parameters<Inbox['page']>) => {
          const read = await target.page(...asked)
          await between()
          return read
        }
      },
    })
    const { road, follow, quiet } = open(1_000, {}, { ...memory, inbox })
    const { id } = await road.publish(2, { text: 'before the follow' })
    await quiet()
    await road.timeline.page(1, { length: 20 })
    between = () => follow(1, 2).then(() => {})
    expect((await road.timeline.page(1, { length: 10 })).messages).toEqual([])
    between = async () => {}
    await memory.inbox.backfill(1, [id], 0)
    expect(texts((await road.timeline.page(1, { length: 10 })).messages)).toEqual(['before the follow'])
  })

  test('[I4] [P1] more arrivals than the ring holds: since goes by id, pages go past the floor, nothing is missing', async () => {
    const { road, follow, quiet } = open(1_000, { inboxIds: { min: 8 } })
    await follow(1, 2)
    const { cursor } = await road.timeline.page(1, { length: 20 })
    const sent = Array.from({ length: 60 }, (_, i) => `m${i}`)
    for (const text of sent) await road.publish(2, { text })
    await quiet()
    expect([...new Set((await drain(road, 1, cursor!)).got)]).toEqual(sent)
    const pages: string[] = []
    for (let before: number | undefined; ; ) {
      const page = await road.timeline.page(1, before === undefined ? { length: 7 } : { length: 7, before })
      pages.push(...texts(page.messages))
      if (page.next === undefined) break
      before = Number(page.next)
    }
    expect(pages).toEqual(sent.toReversed())
  })

  test('[A3] what is older than a follow does not arrive because the follow ends meanwhile', async () => {
    const memory = createMemoryEngine()
    let ends = false
    const graph: FollowGraph = new Proxy(memory.graph, {
      get(target, name: keyof FollowGraph) {
        return async (...asked: unknown[]) => {
          const answer = await (target[name] as (...asked: unknown[]) => Promise<unknown>)(...asked)
          if (ends) await target.unfollow(1, 2)
          return answer
        }
      },
    })
    const { road, follow, quiet } = open(1_000, {}, { ...memory, graph })
    const { id } = await road.publish(2, { text: 'before the follow' })
    await quiet()
    const { cursor } = await road.timeline.page(1, { length: 20 })
    await follow(1, 2)
    // A fan-out that was late has found the new follower.
    await memory.inbox.deliver([{ id, readers: Float64Array.of(1) }])
    ends = true
    expect(await drain(road, 1, cursor!)).toMatchObject({ got: [] })
    expect(await memory.graph.edge(1, 2)).toBeUndefined()
  })

  test('[A2] without an inbox, a message that is stored late comes before its author’s next one', async () => {
    const memory = createMemoryEngine()
    let away = false
    let letStore = () => {}
    const held = new Promise<void>((resolve) => {
      letStore = resolve
    })
    const messages: MessageStore = Object.create(memory.messages, {
      store: {
        async value(message: NewMessage) {
          if (message.body.includes('late')) await held
          await memory.messages.store(message)
        },
      },
    })
    const inbox = new Proxy(memory.inbox, {
      get(target, name: keyof Inbox) {
        if (away) return () => Promise.reject(new Refusal('unavailable', 'Redis is away.'))
        const found = target[name]
        return typeof found === 'function' ? found.bind(target) : found
      },
    })
    const { road, follow } = open(1_000, {}, { ...memory, messages, inbox })
    for (const author of [2, 3]) await follow(1, author)
    let cursor = (await road.timeline.page(1, { length: 20 })).cursor!
    away = true
    const late = road.publish(2, { text: 'late' })
    await until(() => road.ids.lowestInFlight() < Number.POSITIVE_INFINITY)
    for (const text of ['x1', 'x2', 'x3']) await road.publish(3, { text })
    // What is of this very moment comes with the next pass.
    const sentAt = systemClock.now()
    await until(() => systemClock.now() > sentAt)
    const page = await road.timeline.page(1, { length: 2, since: cursor })
    expect([texts(page.messages), page.more]).toEqual([['x2', 'x1'], true])
    letStore()
    await late
    await road.publish(2, { text: 'next' })
    const got: string[] = []
    cursor = page.cursor!
    await until(async () => {
      const step = await drain(road, 1, cursor, 2)
      got.push(...step.got)
      cursor = step.cursor
      return got.includes('next')
    })
    expect([...new Set(got)].filter((text) => !text.startsWith('x'))).toEqual(['late', 'next'])
  })

  test('[A2] the first message in another mode says so, also where the one before is long done', async () => {
    const { road, follow, quiet, engine } = open(2)
    await follow(1, 2)
    await road.publish(2, { text: 'pushed' })
    await quiet()
    await engine.outboxRows.setWatermark(road.ids.floor())
    expect((await engine.messages.tips(2)).tips).toEqual([])
    for (const reader of [11, 12]) await follow(reader, 2)
    for (const text of ['first hot', 'second hot']) await road.publish(2, { text })
    await quiet()
    expect(engine.hotLog.after(0, 10).map(({ crossed }) => crossed)).toEqual([true, false])
  })

  test('[F3] a message that is gone before its fan-out still tells that its author’s next ones are in the other log', async () => {
    const memory = createMemoryEngine()
    let full = true
    const put: Queue['put'] = async (...asked) => !full && memory.queue.put(...asked)
    const { road, follow, quiet, engine } = open(2, {}, { ...memory, queue: { ...memory.queue, put } })
    await follow(1, 2)
    await road.timeline.page(1, { length: 20 })
    const texts = ['pushed', 'first hot', 'second hot', 'first pushed', 'second pushed']
    const ids: number[] = []
    for (const text of texts) {
      if (text === 'first hot') for (const reader of [11, 12]) await follow(reader, 2)
      if (text === 'first pushed') for (const reader of [11, 12]) await engine.graph.unfollow(reader, 2)
      ids.push((await road.publish(2, { text })).id)
    }
    const [pushed, firstHot, secondHot, firstPushed, secondPushed] = ids as [number, number, number, number, number]
    for (const id of [firstHot, firstPushed]) await road.deleteMessage(2, id)
    full = false
    await road.sweep.round(true)
    await quiet()
    expect(engine.hotLog.after(0, 10).map(({ id, crossed }) => [id, crossed])).toEqual([
      [firstHot, true],
      [secondHot, false],
    ])
    const { epoch, oldest } = (await engine.inbox.head(1))!
    expect((await engine.inbox.after(1, epoch, oldest - 1, 10))!.ids).toEqual([pushed, firstPushed, secondPushed])
  })

  test('[F2] large authors: every page of followers is delivered, the next message after it', async () => {
    const { road, follow, quiet, engine } = open(1_000, { fanoutPage: 3 })
    for (let reader = 10; reader < 40; reader++) {
      await follow(reader, 2)
      await road.timeline.page(reader, { length: 1 })
    }
    for (let i = 0; i < 5; i++) await road.publish(2, { text: `m${i}` })
    await quiet()
    for (let reader = 10; reader < 40; reader++) {
      const head = await engine.inbox.head(reader)
      expect((await engine.inbox.after(reader, head!.epoch, head!.oldest - 1, 10))!.ids.length).toBe(5)
    }
  })

  test('[F2] what many messages come after is looked up once, not once for each of them', async () => {
    const memory = createMemoryEngine()
    let looked = 0
    // A watermark that stays behind, as that of many processes does.
    const outboxRows: Engine['outboxRows'] = {
      ...memory.outboxRows,
      watermark: async () => 0,
      row(id) {
        looked++
        return memory.outboxRows.row(id)
      },
    }
    const { road, quiet } = open(1_000, {}, { ...memory, outboxRows })
    const atOnce = publishesPerAuthorMax
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: atOnce }, (_, i) => road.publish(2, { text: `m${i}` })))
      await quiet()
    }
    expect(looked).toBeLessThanOrEqual(4 * atOnce)
  })

  test('an idempotency key makes one message, however often it is sent', async () => {
    const { road } = open()
    const [one, two] = await Promise.all([
      road.publish(2, { text: 'once' }, 'k'),
      road.publish(2, { text: 'once' }, 'k'),
    ])
    const three = await road.publish(2, { text: 'other words' }, 'k')
    expect(two.id).toBe(one.id)
    expect(three).toEqual(one)
    expect(texts((await road.timeline.page(2, { length: 20 })).messages)).toEqual(['once'])
    await road.deleteMessage(2, one.id)
    expect(road.publish(2, { text: 'once' }, 'k')).rejects.toMatchObject({ code: 'no_such_message' })
  })

  test('the id of a keyed message that nobody comes back for stays in flight until its write has landed', async () => {
    const memory = createMemoryEngine()
    const clock = new MovableClock()
    const held = Promise.withResolvers<void>()
    const landed = Promise.withResolvers<void>()
    const messages: MessageStore = Object.create(memory.messages, {
      store: {
        async value(message: NewMessage) {
          await held.promise
          await memory.messages.store(message)
          landed.resolve()
        },
      },
    })
    const { road } = open(1_000, {}, { ...memory, messages }, clock)
    const refused = road.publish(2, { text: 'late' }, 'key').catch((error: Refusal) => error.code)
    await until(() => road.ids.lowestInFlight() < Number.POSITIVE_INFINITY)
    const id = road.ids.lowestInFlight()
    await until(() => clock.pass(1_000).then(async () => (await Promise.race([refused, 'waits'])) === 'unavailable'))
    await clock.pass(settleMs)
    expect(road.ids.lowestInFlight()).toBe(id)
    held.resolve()
    await landed.promise
    await until(() => road.ids.lowestInFlight() === Number.POSITIVE_INFINITY)
    expect(await memory.messages.many([id])).not.toEqual([undefined])
  })

  test('… and where its write has failed, it is not stored any more once its id is too old', async () => {
    const memory = createMemoryEngine()
    const clock = new MovableClock()
    let late: NewMessage | undefined
    const messages: MessageStore = Object.create(memory.messages, {
      store: {
        async value(message: NewMessage) {
          late = message
          throw new Refusal('unavailable', 'The store did not answer.')
        },
      },
    })
    const { road } = open(1_000, {}, { ...memory, messages }, clock)
    expect(await road.publish(2, { text: 'late' }, 'key').catch((error: Refusal) => error.code)).toBe('unavailable')
    expect(road.ids.lowestInFlight()).toBe(late!.id)
    await until(() => clock.pass(1_000).then(() => road.ids.lowestInFlight() === Number.POSITIVE_INFINITY))
    await memory.messages.store(late!)
    expect(await memory.messages.many([late!.id])).toEqual([undefined])
  })

  test('a key is finished without a compare only while nobody can have moved it', async () => {
    const memory = createMemoryEngine()
    const clock = new MovableClock()
    const calls: string[] = []
    /** What passes while the store, and while the finish without a compare, is under way. */
    let [storing, finishing] = [0, 0]
    let move = async (_key: string, _id: MessageId) => {}
    const messages: MessageStore = Object.create(memory.messages, {
      store: { value: (message: NewMessage) => clock.pass(storing).then(() => memory.messages.store(message)) },
    })
    const idempotency: Idempotency = {
      ...memory.idempotency,
      async finish(user, key, id) {
        calls.push('compared')
        return memory.idempotency.finish(user, key, id)
      },
      async finishUnmoved(user, key, id) {
        calls.push('unmoved')
        await clock.pass(finishing)
        await move(key, id)
        await memory.idempotency.finishUnmoved(user, key, id)
      },
    }
    const { road } = open(1_000, {}, { ...memory, messages, idempotency }, clock)
    await road.publish(2, { text: 'at once' }, 'a')
    expect(calls.splice(0)).toEqual(['unmoved'])
    storing = 9_000
    await road.publish(2, { text: 'stored late' }, 'b')
    expect(calls.splice(0)).toEqual(['compared'])
    storing = 0
    finishing = 11_000
    const next = newJob(2)
    move = async (key, id) => {
      move = async () => {}
      expect(await memory.idempotency.move(2, key, id, next)).toBe(true)
    }
    // Another try had moved it meanwhile: then what the key names now is the message, and nothing else is.
    const record = await road.publish(2, { text: 'finished late' }, 'c')
    expect(calls.slice(0, 2)).toEqual(['unmoved', 'compared'])
    expect((await memory.idempotency.find(2, 'c'))?.job.id).toBe(record.id)
  })

  test('what is deleted is told to the cursor once and shown no more', async () => {
    const { road, follow, quiet } = open()
    await follow(1, 2)
    const sent = await road.publish(2, { text: 'gone soon' })
    await quiet()
    const { cursor } = await road.timeline.page(1, { length: 20 })
    await road.deleteMessage(2, sent.id)
    expect(road.deleteMessage(2, sent.id)).rejects.toMatchObject({ code: 'no_such_message' })
    const page = await road.timeline.page(1, { length: 20, since: cursor! })
    expect(page).toMatchObject({ messages: [], more: false, deleted: [sent.id] })
    expect(await road.timeline.page(1, { length: 20, since: page.cursor! })).not.toHaveProperty('deleted')
    expect((await road.timeline.page(1, { length: 20 })).messages).toEqual([])
  })
})

describe('a job that was given up', () => {
  test('[O8] is carried out when it is tried again, and is listed no longer', async () => {
    const { road, follow, quiet, engine } = open()
    await follow(1, 2)
    const { cursor } = await road.timeline.page(1, { length: 20 })
    stop.abort()
    const { id } = await road.publish(2, { text: 'given up' })
    await engine.outboxRows.dead(id, 'the inboxes said no')
    await quiet()
    expect(await drain(road, 1, cursor!)).toMatchObject({ got: [] })
    await road.fanout.again(id)
    expect(await drain(road, 1, cursor!)).toMatchObject({ got: ['given up'] })
    expect(await engine.outboxRows.deadJobs(10)).toEqual([])
  })
})
