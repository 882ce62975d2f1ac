import { afterAll, beforeAll } from 'bun:test'
import { type Id, idAt, type MessageId, type UserId } from '../core/ids.ts'
import type { Engine } from './engine.ts'
import type { FollowGraph, ReaderNumbers } from './graph.ts'
import type { Job, NewMessage } from './messages.ts'
import type { UserStore } from './users.ts'

/** An engine under test, narrowed to the ports that a suite uses. */
export interface Opened<Ports extends keyof Engine> {
  readonly engine: Pick<Engine, Ports>
  /** The engine's time, in Unix milliseconds. */
  now(): number
  /** Lets that much time pass for the engine: its clock is moved on, or, where it has its own, waited for. */
  pass(ms: number): Promise<void>
  /** Closes the engine and opens it again over the same data; this one is not used any more. */
  reopen(): Promise<Opened<Ports>>
  close(): Promise<void>
}

/** Opens an engine that holds nothing. */
export type Open<Ports extends keyof Engine> = () => Promise<Opened<Ports>>

/** One engine for all tests of a `describe`, opened before the first and closed after the last. */
export function opening<Ports extends keyof Engine>(open: Open<Ports>): Opened<Ports> {
  let opened: Opened<Ports> | undefined
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(async () => {
    await opened?.close()
  })
  return {
    get engine() {
      return opened!.engine
    },
    now: () => opened!.now(),
    pass: (ms) => opened!.pass(ms),
    async reopen() {
      opened = await opened!.reopen()
      return opened
    },
    close: async () => {},
  }
}

let lastId = idAt(Date.now())

/** A new id, of this moment and larger than all before it. */
export function takeId(): Id {
  lastId = Math.max(lastId + 1, idAt(Date.now()))
  return lastId
}

/** `count` ids, smallest first. */
export function takeIds(count: number): Id[] {
  return Array.from({ length: count }, takeId)
}

export async function makeUser(users: Pick<UserStore, 'create'>): Promise<UserId> {
  return (await makeUsers(users, 1))[0]!
}

/** New users; ports that name users are only asked about ones that exist. Ids come smallest first. */
export async function makeUsers(users: Pick<UserStore, 'create'>, count: number): Promise<UserId[]> {
  const ids = takeIds(count)
  await inParts(ids, (id) =>
    users.create({ id, handle: `u${id.toString(36)}`, name: `User ${id}`, bio: '', role: 'user' }, undefined),
  )
  return ids
}

export function newJob(author: UserId, more: Partial<Job> = {}): Job {
  return { id: takeId(), author, mode: 'pushed', prev: [], crossed: false, ...more }
}

export function newMessage(author: UserId, more: Partial<NewMessage> = {}): NewMessage {
  const job = newJob(author, more)
  return { ...job, body: more.body ?? `"id":"${job.id}","text":"Message ${job.id}"` }
}

/** `work` for each, as many at once as a server under load has in hand: engines refuse far more. */
export async function inParts<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += 500) await Promise.all(items.slice(from, from + 500).map(work))
}

/** What the engine calls these readers between graph and inboxes. */
export async function readerNumbers(graph: Pick<FollowGraph, 'fanoutPage'>, readers: UserId[]): Promise<ReaderNumbers> {
  const first = await Promise.all(readers.map(async (reader) => (await graph.fanoutPage(reader, undefined)).readers))
  const numbers = first.map((page) => page[0]!)
  return first[0] instanceof Uint32Array ? Uint32Array.from(numbers) : Float64Array.from(numbers)
}

/** Waits until `condition` holds, for at most `withinMs` of real time; between looks the engine's time passes a little. */
export async function eventually(
  opened: Pick<Opened<never>, 'pass'>,
  condition: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition}`)
    await opened.pass(5)
  }
}

export const newestFirst = (ids: Iterable<MessageId>): MessageId[] => [...ids].sort((a, b) => b - a)
export const oldestFirst = (ids: Iterable<MessageId>): MessageId[] => [...ids].sort((a, b) => a - b)
