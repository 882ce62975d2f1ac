import { describe, expect, test } from 'bun:test'
import {
  createMemoryProcess,
  createMemoryTruth,
  createMemoryVolatile,
  type MemoryOptions,
} from '../../src/engines/memory/index.ts'
import type { BusEvent } from '../../src/ports/bus.ts'
import { InboxDriver } from '../../src/ports/inbox-driver.contract.ts'
import {
  eventually,
  makeUser,
  makeUsers,
  newestFirst,
  newMessage,
  takeId,
  takeIds,
} from '../../src/ports/support.contract.ts'
import { MovableClock } from './clock.ts'

const endless = Number.MAX_SAFE_INTEGER

/** Two processes over one truth, one queue, one store of inboxes and one Bus. */
function installation(options: MemoryOptions = {}) {
  const clock = new MovableClock()
  const truth = createMemoryTruth()
  const volatile = createMemoryVolatile(truth, { clock, ...options })
  const start = () => createMemoryProcess({ clock, truth, volatile, ...options })
  const opened = { now: () => clock.now(), pass: (ms: number) => clock.pass(ms), close: async () => {} }
  return { start, opened, clock }
}

function inboxes(options: MemoryOptions = {}) {
  const { start, opened } = installation(options)
  const { engine, faults } = start()
  const driver = new InboxDriver({ ...opened, engine, reopen: () => Promise.reject(new Error('not reopened')) })
  return { engine, faults, driver }
}

/** Resolves to whether `answer` has settled after a while of microtasks. */
async function settles(answer: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  answer.then(settle, settle)
  for (let i = 0; i < 50; i++) await Promise.resolve()
  return settled
}

describe('memory engine, faults', () => {
  test('lost inboxes are absent, and the truth is not touched', async () => {
    const { engine, faults, driver } = inboxes()
    const me = await driver.ready([takeId()])
    const message = newMessage(me)
    await engine.messages.store(message)
    faults.loseInboxes()
    expect(await engine.inbox.head(me)).toBeUndefined()
    expect((await engine.messages.many([message.id]))[0]?.id).toBe(message.id)
    expect((await driver.begin(me)).found).toBe('created')
  })

  test('an inbox that lost its newest appends counts as absent until it is made anew', async () => {
    const { engine, faults, driver } = inboxes()
    const me = await driver.ready()
    const other = await driver.ready()
    const ids = takeIds(5)
    await driver.deliver(ids, [me, other])
    const before = await driver.head(me)
    faults.loseNewestAppends(me, 2)
    expect(await engine.inbox.head(me)).toBeUndefined()
    expect(await engine.inbox.after(me, before.epoch, before.position, 10)).toBeUndefined()
    await driver.deliver([takeId()], [me])
    expect(await engine.inbox.page(me, endless, 10)).toBeUndefined()
    await driver.make(me)
    expect((await driver.head(me)).epoch).not.toBe(before.epoch)
    expect((await engine.inbox.page(other, endless, 10))!.ids).toEqual(newestFirst(ids))
  })

  test('lost presence: deliveries land and are reported to nobody of that gateway', async () => {
    const { engine, faults, driver } = inboxes()
    const me = await driver.ready()
    await engine.inbox.online(me, 'one')
    await engine.inbox.online(me, 'two')
    faults.losePresence('one')
    expect((await driver.deliver([takeId()], [me])).map(({ gateway }) => gateway)).toEqual(['two'])
    faults.losePresence()
    expect(await driver.deliver([takeId()], [me])).toEqual([])
  })

  test('small rings and pages make drops and large authors with few messages', async () => {
    const { engine, driver } = inboxes({ inboxIds: { min: 3 }, fanoutPage: 2 })
    const me = await driver.ready()
    const ids = takeIds(5)
    await driver.deliver(ids, [me])
    expect(await engine.inbox.page(me, endless, 10)).toMatchObject({
      ids: newestFirst(ids.slice(2)),
      head: { floor: ids[1]! },
    })
    const followers = await makeUsers(engine.users, 5)
    for (const follower of followers) await engine.graph.follow(follower, me, takeId(), false)
    const first = await engine.graph.fanoutPage(me, undefined)
    expect([...first.readers]).toEqual([me, followers[0]!, followers[1]!])
    expect(first.next).toBeDefined()
  })

  test('a small memory of newest messages shows how far it reaches', async () => {
    const { engine } = inboxes({ recentIds: 2 })
    const by = await makeUser(engine.users)
    const messages = [newMessage(by), newMessage(by), newMessage(by)]
    for (const message of messages) await engine.messages.store(message)
    const [oldest, middle, newest] = messages.map((message) => message.id)
    const recent = await engine.messages.recent(Float64Array.of(by), 10)
    expect(recent).toEqual({ ids: [newest!, middle!], reach: oldest! })
  })

  test('a lost queue has no jobs, and what was in hand does not come back', async () => {
    const { start, opened } = installation()
    const { engine, faults } = start()
    const jobs = [newMessage(takeId()), newMessage(takeId())]
    for (const job of jobs) await engine.queue.put(job)
    const stop = new AbortController()
    let handed = 0
    const worker = engine.queue.work(
      'job',
      async (batch) => {
        handed += batch.length
        faults.loseQueue()
        return batch.map(() => 'failed')
      },
      stop.signal,
    )
    await eventually(opened, () => handed > 0)
    expect(jobs.map((job) => engine.queue.holds(job.id))).toEqual([false, false])
    await opened.pass(120_000)
    expect(handed).toBe(2)
    stop.abort()
    await worker
  })

  test('a crashed process gets no answer, and changes nothing any more', async () => {
    const { start } = installation()
    const [dying, living] = [start(), start()]
    const by = await makeUser(dying.engine.users)
    const [before, after] = [newMessage(by), newMessage(by)]
    const underWay = dying.engine.messages.store(before)
    dying.faults.crash()
    expect(await settles(underWay)).toBe(false)
    expect(await settles(dying.engine.messages.store(after))).toBe(false)
    const found = await living.engine.messages.many([before.id, after.id])
    expect(found.map((message) => message?.id)).toEqual([before.id, undefined])
    expect(start().engine.largestId).toBeGreaterThanOrEqual(before.id)
  })

  test('jobs in the hands of a crashed process go to the next one, in their order', async () => {
    const { start, opened } = installation()
    const [dying, living] = [start(), start()]
    const by = takeId()
    const jobs = [newMessage(by), newMessage(by), newMessage(by)]
    for (const job of jobs) await living.engine.queue.put(job)
    let taken = 0
    const never = new AbortController().signal
    void dying.engine.queue.work('job', (batch) => new Promise(() => (taken = batch.length)), never)
    await eventually(opened, () => taken > 0)
    const stop = new AbortController()
    const handed: number[] = []
    const worker = living.engine.queue.work(
      'job',
      async (batch) => {
        handed.push(...batch.map((job) => job.id))
        return batch.map(() => 'done')
      },
      stop.signal,
    )
    await opened.pass(10)
    expect(handed).toEqual([])
    dying.faults.crash()
    await eventually(opened, () => handed.length === 3)
    expect(handed).toEqual(jobs.map((job) => job.id))
    stop.abort()
    await worker
  })

  test('a crashed process neither sends nor hears on the Bus; lost events reach nobody', async () => {
    const { start } = installation()
    const [dying, living] = [start(), start()]
    const heard: string[] = []
    dying.engine.bus.subscribe('dying', () => heard.push('dying'))
    living.engine.bus.subscribe('living', (event) => heard.push(`living ${event.kind}`))
    const event: BusEvent = { kind: 'graph', reader: 1 }
    living.engine.bus.publish('all', event)
    dying.faults.crash()
    dying.engine.bus.publish('all', event)
    living.faults.loseEvents((to) => to === 'living')
    living.engine.bus.publish('living', event)
    await settles(new Promise(() => {}))
    expect(heard).toEqual(['living graph'])
  })

  test('[H4] a process sees hot messages of others once it has looked', async () => {
    const { start } = installation()
    const [one, two] = [start(), start()]
    const entry = await one.engine.hotLog.append(takeId(), takeId(), false)
    expect(two.engine.hotLog.head()).toBe(0)
    expect(two.engine.hotLog.after(0, 10)).toEqual([])
    await two.engine.hotLog.refresh()
    expect(two.engine.hotLog.after(0, 10)).toEqual([entry])
  })

  test('a failed store is told to whoever runs the engine', async () => {
    const { start } = installation()
    const { engine, faults } = start()
    faults.fail(new Error('the disk is gone'))
    expect(engine.failed).rejects.toThrow('the disk is gone')
  })
})
