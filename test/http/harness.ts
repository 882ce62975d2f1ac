import { Registry } from 'prom-client'
import { fits } from '../../src/core/check.ts'
import { type Log, silentLog } from '../../src/core/log.ts'
import type { RefusalCode } from '../../src/core/refusal.ts'
import { Problem } from '../../src/core/wire.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import { openMemoryBlobs } from '../../src/engines/uploads/blobs-in-memory.ts'
import { prepare } from '../../src/engines/uploads/prepare.ts'
import { type Admission, admitAll } from '../../src/gateway/admission.ts'
import { rowRefusals } from '../../src/gateway/description/openapi.ts'
import { createGateway, type Gateway, type GatewayNeeds, httpServerOptions } from '../../src/gateway/http.ts'
import { upgradeHeaders } from '../../src/gateway/socket-upgrade.ts'
import { createTable, type Method, type Row } from '../../src/gateway/table.ts'
import { createWeb } from '../../src/gateway/web/pages.ts'
import { createGuardedFetch } from '../../src/outgoing/guarded-fetch.ts'
import type { Blobs } from '../../src/ports/blobs.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { type Clock, systemClock } from '../../src/ports/clock.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { createAccounts } from '../../src/services/accounts.ts'
import { createAuth } from '../../src/services/auth.ts'
import { createBlocks } from '../../src/services/block.ts'
import { createDeleteAccounts } from '../../src/services/delete-account.ts'
import { createBackfill, createFollow } from '../../src/services/follow.ts'
import { createHiddenList } from '../../src/services/hidden-list.ts'
import { createHostAccounts } from '../../src/services/host-accounts.ts'
import { createLikes } from '../../src/services/like.ts'
import { createMedia, type MediaService } from '../../src/services/media.ts'
import { createWork } from '../../src/services/media-work.ts'
import { createModeration } from '../../src/services/moderation.ts'
import { createOverview } from '../../src/services/overview.ts'
import { createPasswords } from '../../src/services/passwords.ts'
import { createPeople } from '../../src/services/people.ts'
import { createProfiles } from '../../src/services/profiles.ts'
import { createPushSubscriptions } from '../../src/services/push-subscriptions.ts'
import { createRateLimits } from '../../src/services/rate-limit.ts'
import { createRoad } from '../../src/services/road.ts'
import { createSeenUsers } from '../../src/services/seen-users.ts'
import { createVerifySigned } from '../../src/services/signed-tokens.ts'
import { createSuggest } from '../../src/services/suggest.ts'
import { createWithdrawn } from '../../src/services/withdrawn.ts'
import { until } from '../until.ts'

/** An answer as a test looks at it. */
export interface Got<Body = Record<string, unknown>> {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON body; empty where there is none. */
  readonly body: Body
}

export interface Asked {
  readonly token?: string
  readonly json?: unknown
  /** A body sent as it is. */
  readonly raw?: string | Uint8Array | ReadableStream
  readonly headers?: Record<string, string>
}

export interface Person {
  readonly id: string
  readonly handle: string
  readonly token: string
}

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly engine: Engine
  readonly gateway: Gateway
  /** What was logged as our own mistakes; a test that expects none looks here. */
  readonly mistakes: unknown[]
  /** Where uploads are received. */
  readonly spool: string
  readonly media: MediaService
  readonly blobs: Blobs
  /** Time as the server has it. */
  readonly clock: Clock
  pass(ms: number): void
  /** Asks, and checks the answer against the schema of its row, or of a problem. */
  ask(method: string, path: string, asked?: Asked): Promise<Got>
  person(handle: string): Promise<Person>
  send(person: Person, text: string): Promise<string>
  /** Everything published so far has reached its readers. */
  settled(): Promise<void>
  close(): Promise<void>
}

export interface ServerOptions {
  readonly limited?: boolean
  readonly registration?: 'open' | 'invite' | 'closed'
  readonly publicUrl?: string
  readonly mediaBytesMax?: number
  /** Of a host product that signs tokens. */
  readonly jwtSecret?: string
  readonly admission?: Admission
  readonly ready?: GatewayNeeds['ready']
  /** Puts something of its own in place of a service. */
  readonly needs?: (needs: GatewayNeeds) => GatewayNeeds
}

/** The services on the memory engine behind a real HTTP server on a port of its own. */
export function openServer(options: ServerOptions = {}): TestServer {
  let ahead = 0
  const clock: Clock = { now: () => Date.now() + ahead, sleep: systemClock.sleep }
  const engine = createMemoryEngine({ clock })
  const { graph, bus } = engine
  const mistakes: unknown[] = []
  const log: Log = { ...silentLog, error: (fields, line) => void mistakes.push(line, fields) }
  const failed = (problem: string, error: unknown) => void mistakes.push(problem, error)
  const withdrawn = createWithdrawn({ store: engine.withdrawn, bus, clock, log: failed })
  const users = createSeenUsers(engine.users, withdrawn)
  const profiles = createProfiles({ users })
  let media: MediaService
  const road = createRoad(engine, {
    clock,
    chance: systemChance,
    authorJson: profiles.authorJson,
    authorsVersion: profiles.version,
    hotFollowers: 1_000,
    dormantAfterMs: 1e10,
    bodiesBytesMax: 1e7,
    withdrawn: withdrawn.has,
    mediaGone: (ids, message) => media.gone(ids, message),
    log: failed,
  })
  const stop = new AbortController()
  const { removeMessage } = road
  const deleteAccounts = createDeleteAccounts({ ...engine, withdrawn, removeMessage, clock, log: failed })
  const working = Promise.all([road.run(stop.signal), deleteAccounts.run(stop.signal)])
  async function takeId() {
    const id = await road.ids.take()
    road.ids.settle(id)
    return id
  }
  const none = { keySet: undefined, issuer: undefined, audience: undefined }
  const auth = createAuth({
    users,
    clock,
    host:
      options.jwtSecret === undefined
        ? undefined
        : {
            verify: createVerifySigned({ ...none, secret: options.jwtSecret, clock, log }),
            account: createHostAccounts({ ...engine, users, profiles, takeId }),
          },
  })
  const blobs = openMemoryBlobs()
  media = createMedia({
    work: createWork(2, async () => {}),
    ...engine,
    blobs,
    prepare,
    bodies: road.bodies,
    withdrawn: withdrawn.has,
    takeId,
    clock,
    log: failed,
  })
  const people = createPeople({ ...engine, users, clock, profiles, pictures: media, unread: road.notifications.unread })
  const backfill = createBackfill(engine)
  bus.subscribe('here', (event) => {
    auth.hear(event)
    profiles.hear(event)
    withdrawn.hear(event)
    road.bodies.hear(event)
  })
  withdrawn.onChange((user) => {
    auth.forgetUser(user)
    road.bodies.removeOf(user)
    profiles.forget(user)
  })
  const outgoing = createGuardedFetch({ allowPrivate: false, resolve: async () => ['192.0.9.1'] })
  const moderation = createModeration({ engine, users, people, withdrawn, road, takeId, clock })
  const needs: GatewayNeeds = {
    ...moderation,
    auth,
    accounts: createAccounts({
      users: engine.users,
      push: engine.push,
      bus,
      clock,
      auth,
      withdrawn,
      passwords: createPasswords(),
      takeId,
      invites: moderation.invites,
      registration: options.registration ?? 'open',
    }),
    people,
    follows: createFollow({ ...engine, backfill, people, clock }),
    blocks: createBlocks({ ...engine, people, backfill, clock }),
    hiddenList: createHiddenList({ ...engine, people }),
    suggest: createSuggest({ ...engine, people }),
    graph,
    publish: road.publish,
    unboost: road.unboost,
    replies: road.replies,
    oneMessage: road.oneMessage,
    authorMessages: road.authorMessages,
    search: road.search,
    present: road.present,
    overview: createOverview({ ...engine, profiles, engines: undefined }),
    media,
    spool: blobs.spool,
    mediaBytesMax: options.mediaBytesMax ?? 40 * 2 ** 20,
    likes: createLikes({ ...engine, visibility: road.visibility, people, clock }),
    notifications: road.notifications,
    pushSubscriptions: createPushSubscriptions({ ...engine, outgoing, clock }),
    timeline: road.timeline,
    admission: options.admission ?? admitAll,
    rates: createRateLimits({ clock, on: options.limited ?? false }),
    socket: {
      upgrade(request, server) {
        server.upgrade(request, { data: undefined as never, headers: upgradeHeaders(request) })
        return undefined
      },
    },
    web: createWeb({ registration: options.registration ?? 'open' }),
    ready: options.ready ?? (() => ({ status: 'ok' })),
    registry: new Registry(),
    publicUrl: options.publicUrl,
    pageSecret: engine.cursorKey.secret,
    log,
  }
  const gateway = createGateway(options.needs?.(needs) ?? needs)
  const server = Bun.serve<never>({
    ...httpServerOptions,
    hostname: '127.0.0.1',
    port: 0,
    fetch: gateway.fetch,
    websocket: { message() {} },
  })
  const url = `http://127.0.0.1:${server.port}`
  const find = createTable(gateway.rows)

  async function ask(method: string, path: string, asked: Asked = {}): Promise<Got> {
    const headers: Record<string, string> = { ...asked.headers }
    if (asked.token !== undefined) headers.authorization = `Bearer ${asked.token}`
    if (asked.json !== undefined) headers['content-type'] ??= 'application/json'
    const body = asked.json === undefined ? asked.raw : JSON.stringify(asked.json)
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body !== undefined && { body: body as string }),
    })
    // What comes after an upgrade is no body.
    const text = response.status === 101 ? '' : await response.text()
    const isJson = /^application\/(problem\+)?json$/.test(response.headers.get('content-type') ?? '')
    const got = {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text ? JSON.parse(text) : {},
    }
    mustBeDescribed(
      find(new URL(path, url).pathname)?.rows.get((method === 'HEAD' ? 'GET' : method) as Method),
      method,
      got,
    )
    return got
  }

  async function person(handle: string): Promise<Person> {
    const got = await ask('POST', '/users', { json: { handle, password: `password of ${handle}` } })
    const { user, token } = got.body as { user: { id: string }; token: string }
    return { id: user.id, handle, token }
  }

  return {
    url,
    port: server.port!,
    engine,
    gateway,
    mistakes,
    spool: blobs.spool,
    media,
    blobs,
    clock,
    pass(ms) {
      ahead += ms
    },
    ask,
    person,
    async send({ token }, text) {
      return (await ask('POST', '/send', { token, json: { text } })).body.id as string
    },
    settled: () => until(async () => (await engine.outboxRows.lowestUndone()) === Number.POSITIVE_INFINITY),
    async close() {
      stop.abort()
      await server.stop(true)
      await working
      await blobs.close()
    },
  }
}

/** Holds an answer to its row: a status that stands there with what it holds there, or a problem of a code that does. */
function mustBeDescribed(row: Row | undefined, method: string, got: Got): void {
  const wrong = (why: string) => new Error(`${method} ${row?.path} answered ${got.status} ${got.text}: ${why}`)
  const type = got.headers.get('content-type')?.split(';')[0]
  if (got.status >= 400 && method !== 'HEAD') {
    if (type !== 'application/problem+json' || !fits(Problem, got.body) || got.body.status !== got.status) {
      throw wrong('that is no problem of RFC 9457')
    }
    if (row && !rowRefusals(row).includes(got.body.code as RefusalCode)) throw wrong('its row does not refuse so')
    return
  }
  if (!row) return
  const content = row.answers[got.status]
  if (content === undefined) throw wrong('its row does not name this status')
  if (method === 'HEAD' || content === '*/*') return
  if (
    content === 'nothing' ? got.text !== '' : typeof content === 'string' ? type !== content : !fits(content, got.body)
  ) {
    throw wrong('its row has another form for it')
  }
}
