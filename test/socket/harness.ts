import type { MessageId, UserId } from '../../src/core/ids.ts'
import { silentLog } from '../../src/core/log.ts'
import { createMemoryEngine, type MemoryOptions } from '../../src/engines/memory/index.ts'
import { admitAll } from '../../src/gateway/admission.ts'
import { createHub, type Hub, type HubNeeds } from '../../src/gateway/hub.ts'
import { createSameOrigin } from '../../src/gateway/origin.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { type Clock, systemClock } from '../../src/ports/clock.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { type Accounts, createAccounts } from '../../src/services/accounts.ts'
import { type Auth, createAuth } from '../../src/services/auth.ts'
import { createBlocks } from '../../src/services/block.ts'
import { createBackfill, createFollow } from '../../src/services/follow.ts'
import { createHostAccounts } from '../../src/services/host-accounts.ts'
import { createLikes } from '../../src/services/like.ts'
import { createPasswords } from '../../src/services/passwords.ts'
import { createPeople } from '../../src/services/people.ts'
import { createProfiles } from '../../src/services/profiles.ts'
import { createRateLimits } from '../../src/services/rate-limit.ts'
import { createRoad, type Road } from '../../src/services/road.ts'
import { createSeenUsers } from '../../src/services/seen-users.ts'
import { createVerifySigned } from '../../src/services/signed-tokens.ts'
import { createWithdrawn } from '../../src/services/withdrawn.ts'
import { until } from '../until.ts'
import { frameFault } from './described.ts'

export interface Person {
  readonly id: UserId
  readonly token: string
}

export interface Gateway {
  readonly url: string
  readonly port: number
  readonly hub: Hub
  readonly engine: Engine
  readonly road: Road
  /** Problems that were logged; a test that expects none looks here. */
  readonly problems: unknown[]
  /** Moves the gateway's clock forward. */
  pass(ms: number): void
  person(handle: string): Promise<Person>
  follow(reader: Person, followee: Person): Promise<void>
  unfollow(reader: Person, followee: Person): Promise<void>
  mute(reader: Person, other: Person): Promise<void>
  unmute(reader: Person, other: Person): Promise<void>
  block(user: Person, other: Person): Promise<void>
  /** As the deletion of the account, without what takes its rows away. */
  withdraw(person: Person): Promise<void>
  publish(author: Person, text: string): Promise<MessageId>
  like(person: Person, id: MessageId): Promise<void>
  logOut(person: Person): Promise<void>
  readonly accounts: Pick<Accounts, 'issue' | 'sessions' | 'endSession'>
  readonly lives: Auth['lives']
  /** Every message published so far has reached its inboxes. */
  settled(): Promise<void>
  close(): void
}

/** A gateway on the memory engine, listening on a port of its own. */
export function openGateway(
  options: {
    engine?: MemoryOptions
    hotFollowers?: number
    limited?: boolean
    /** Of a host product that signs tokens. */
    jwtSecret?: string
    /** How much faster than real time the gateway's timers run. */
    speed?: number
    /** Puts something of its own between the hub and what it stands on. */
    needs?: (needs: HubNeeds) => HubNeeds
  } = {},
): Gateway {
  let ahead = 0
  const { speed = 1 } = options
  const clock: Clock = {
    now: () => Date.now() + ahead,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  }
  const engine = createMemoryEngine({ ...options.engine, clock })
  const { graph, bus, inbox, likes: likeStore, messages, hotLog, cursorKey } = engine
  const problems: unknown[] = []
  const failed = (problem: string, error: unknown) => void problems.push(problem, error)
  const withdrawn = createWithdrawn({ store: engine.withdrawn, bus, clock, log: failed })
  const users = createSeenUsers(engine.users, withdrawn)
  const profiles = createProfiles({ users })
  const road = createRoad(engine, {
    clock,
    chance: systemChance,
    authorJson: profiles.authorJson,
    hotFollowers: options.hotFollowers ?? 1_000,
    dormantAfterMs: 1e10,
    bodiesBytesMax: 1e7,
    withdrawn: withdrawn.has,
    log: failed,
  })
  const stop = new AbortController()
  void road.run(stop.signal)
  const takeId = () => road.ids.take()
  const none = { keySet: undefined, issuer: undefined, audience: undefined }
  const auth = createAuth({
    users,
    clock,
    host:
      options.jwtSecret === undefined
        ? undefined
        : {
            verify: createVerifySigned({ ...none, secret: options.jwtSecret, clock, log: silentLog }),
            account: createHostAccounts({ ...engine, users, profiles, takeId }),
          },
  })
  const people = createPeople({
    ...engine,
    users,
    clock,
    profiles,
    pictures: undefined,
    unread: road.notifications.unread,
  })
  const backfill = createBackfill(engine)
  const passwords = createPasswords()
  const invites = { show: () => Promise.reject(new Error('nobody needs an invitation here')) }
  const accounts = createAccounts({
    users: engine.users,
    push: engine.push,
    bus,
    clock,
    auth,
    passwords,
    withdrawn,
    takeId,
    invites,
    registration: 'open',
  })
  const follows = createFollow({ ...engine, backfill, people, clock })
  const blocks = createBlocks({ ...engine, people, backfill, clock })
  const likes = createLikes({ ...engine, visibility: road.visibility, people, clock })
  bus.subscribe('here', (event) => {
    auth.hear(event)
    withdrawn.hear(event)
    road.bodies.hear(event)
  })
  const limited = options.limited ?? false
  const needs: HubNeeds = {
    gateway: 'here',
    bus,
    inbox,
    hotLog,
    graph,
    messages,
    likeStore,
    cursorKey,
    auth,
    admission: admitAll,
    rates: createRateLimits({ clock, on: limited }),
    notifications: road.notifications,
    timeline: road.timeline,
    lowWatermark: road.lowWatermark,
    present: road.present,
    bodies: road.bodies,
    visibility: road.visibility,
    publish: road.publish,
    likes,
    follows,
    userJson: async (user) => JSON.stringify(await people.byId(user, user)),
    sameOrigin: createSameOrigin(undefined),
    limited,
    clock,
    chance: systemChance,
    log: { ...silentLog, error: (fields, line) => void problems.push(line, fields) },
  }
  const hub = createHub(options.needs?.(needs) ?? needs)
  withdrawn.onChange((user) => {
    auth.forgetUser(user)
    road.bodies.removeOf(user)
    hub.withdrawn(user)
  })
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request, server) {
      try {
        return hub.upgrade(request, server)
      } catch (error) {
        return new Response(String(error), { status: (error as { status?: number }).status ?? 500 })
      }
    },
    websocket: hub.websocket,
  })

  return {
    url: `ws://127.0.0.1:${server.port}/socket`,
    port: server.port!,
    hub,
    engine,
    road,
    problems,
    pass(ms) {
      ahead += ms
    },
    async person(handle) {
      const id = await takeId()
      await users.create({ id, handle, name: handle, bio: '', role: 'user' }, undefined)
      return { id, token: await accounts.issue(id) }
    },
    async follow(reader, followee) {
      await follows.follow(reader.id, followee.id, undefined)
    },
    async unfollow(reader, followee) {
      await follows.unfollow(reader.id, followee.id)
    },
    async mute(reader, other) {
      await blocks.mute(reader.id, other.id)
    },
    async unmute(reader, other) {
      await blocks.unmute(reader.id, other.id)
    },
    async block(user, other) {
      await blocks.block(user.id, other.id)
    },
    publish: async (author, text) => (await road.publish(author.id, { text })).id,
    async like(person, id) {
      await likes.like(person.id, id)
    },
    async withdraw(person) {
      await withdrawn.withdraw(person.id, 'deleted')
    },
    lives: auth.lives,
    logOut: (person) => accounts.logOut(person.id, person.token),
    accounts,
    settled: () => until(async () => (await engine.outboxRows.lowestUndone()) === Number.POSITIVE_INFINITY),
    close() {
      hub.close()
      stop.abort()
      void server.stop(true)
    },
  }
}

/** A frame from the server, as JSON; which keys it has depends on what it is. */
export interface Got {
  readonly event?: string
  readonly ref?: string
  readonly ok?: Record<string, unknown>
  readonly error?: { code: string; detail: string; field?: string }
  readonly cursor?: string
  readonly message?: { id: string; text: string; author: { id: string }; truncated?: boolean; you: { liked: boolean } }
  readonly user?: Record<string, unknown>
  readonly counts?: Record<string, number>
  readonly notification?: Record<string, unknown>
  readonly id?: string
  readonly after?: number
}

/** A client that keeps every frame it is given. */
export class Client {
  readonly frames: Got[] = []
  readonly raw: string[] = []
  readonly socket: WebSocket
  closed: { code: number; reason: string } | undefined
  /** Frames that were not as AsyncAPI's document says. */
  readonly undescribed: string[] = []
  /** What was asked, by `ref`. */
  readonly #asked = new Map<string, { op: string }>()
  #seen = 0

  private constructor(url: string, options: { headers?: Record<string, string>; protocols?: string[] }) {
    this.socket = new WebSocket(url, options as unknown as string[])
    this.socket.onmessage = (event) => {
      this.raw.push(String(event.data))
      const frame: Got = JSON.parse(String(event.data))
      this.frames.push(frame)
      const fault = frameFault(frame, this.#asked.get(frame.ref ?? ''))
      if (fault !== undefined) this.undescribed.push(fault)
    }
    this.socket.onclose = (event) => {
      this.closed = { code: event.code, reason: event.reason }
    }
  }

  /** An open connection that has said nothing. */
  static async open(
    url: string,
    options: { headers?: Record<string, string>; protocols?: string[] } = {},
  ): Promise<Client> {
    const client = new Client(url, options)
    await until(() => client.socket.readyState >= WebSocket.OPEN)
    return client
  }

  /** A connection that is ready. */
  static async ready(gateway: Gateway, person: Person, hello: object = {}): Promise<Client> {
    const client = await Client.open(gateway.url)
    client.send({ op: 'hello', token: person.token, ...hello })
    await client.next('ready')
    return client
  }

  send(frame: object | string): void {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame)
    const asked = parsed(text)
    if (typeof asked?.ref === 'string') this.#asked.set(asked.ref, asked as { op: string })
    this.socket.send(text)
  }

  /** The next frame of this kind: an event by its name, an answer by `ref:REF`, or `error`. */
  async next(kind: string): Promise<Got> {
    const is = (frame: Got) =>
      kind.startsWith('ref:')
        ? frame.ref === kind.slice(4)
        : kind === 'error'
          ? !frame.ref && !!frame.error
          : frame.event === kind
    let found = -1
    await until(() => {
      found = this.frames.findIndex((frame, i) => i >= this.#seen && is(frame))
      return found >= 0 || this.closed !== undefined
    })
    if (this.undescribed.length > 0) throw new Error(`not as described: ${this.undescribed.join('\n')}`)
    if (found < 0) throw new Error(`closed (${this.closed?.code}) before ${kind} came; got ${this.raw.join('\n')}`)
    // Answers may come in any order, so they do not move the place from which events are looked for.
    if (!kind.startsWith('ref:')) this.#seen = found + 1
    return this.frames[found]!
  }

  async ask(frame: { op: string; ref: string } & Record<string, unknown>): Promise<Got> {
    this.send(frame)
    return this.next(`ref:${frame.ref}`)
  }

  /** The first refusal among the frames from `from` on, which must carry this `ref`, or none. */
  async refusalAfter(
    from: number,
    ref: string | undefined,
  ): Promise<Got & { error: { code: string; detail: string; field?: string } }> {
    const find = () => this.frames.slice(from).find((frame) => frame.error !== undefined || frame.ok !== undefined)
    await until(() => find() !== undefined || this.closed !== undefined)
    const found = find()
    if (!found?.error || found.ref !== ref)
      throw new Error(`no refusal with ref ${ref}: ${JSON.stringify(found ?? this.closed)}`)
    return { ...found, error: found.error }
  }

  /** What the document calls the answer that came with this ref. */
  answerName(ref: string): string {
    return `${this.#asked.get(ref)?.op}Answer`
  }

  async closeCode(): Promise<number> {
    await until(() => this.closed !== undefined)
    return this.closed!.code
  }

  /** Texts of the messages that came live or by catching up, in their order. */
  get texts(): string[] {
    return this.frames.filter((frame) => frame.event === 'message').map((frame) => frame.message!.text)
  }

  get lastCursor(): string {
    return this.frames.findLast((frame) => frame.cursor !== undefined)!.cursor!
  }

  close(): void {
    this.socket.close()
  }
}

function parsed(text: string): { op?: unknown; ref?: unknown } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
