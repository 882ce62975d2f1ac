import { join } from 'node:path'
import type { Id, MessageId, UserId } from '../../src/core/ids.ts'
import { messageBody } from '../../src/core/message.ts'
import { openEmbedded } from '../../src/engines/embedded/index.ts'
import type { Kind } from '../../src/ports/copy.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { unused } from '../../src/ports/media.ts'
import { type Ended, rookeryEnds } from '../cli/process.ts'
import { hostSecret, signed } from '../signed.ts'
import { type Account, call, PollingReader, sendSurely, signUp, wholeTimeline } from '../system/client.ts'
import { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { testEngines } from './engines.ts'

/** What `rookery copy --json` prints. */
export interface CopyReport {
  readonly resumed: boolean
  readonly rows: number
  readonly same: boolean
  readonly compared: readonly {
    readonly kind: Kind
    readonly from: { readonly rows: number; readonly checksum: string }
    readonly to: { readonly rows: number; readonly checksum: string }
    readonly same: boolean
  }[]
}

/** Arguments of a copy on the engines that tests share. */
export async function copyArguments(from: string, to: string): Promise<string[]> {
  const { cassandra } = await testEngines()
  return ['copy', '--from', from, '--to', to, '--cassandra', cassandra, '--replication', '1', '--json']
}

export async function copies(from: string, to: string): Promise<Ended> {
  return rookeryEnds(...(await copyArguments(from, to)))
}

/** The report of a copy that must succeed. */
export async function copied(from: string, to: string): Promise<CopyReport> {
  const ended = await copies(from, to)
  if (ended.status !== 0) throw new Error(`copy from ${from} to ${to} ended with ${ended.status}: ${ended.errors}`)
  return JSON.parse(ended.out) as CopyReport
}

/** Rows and checksum by kind, as of the target. */
export const sumsOf = ({ compared }: CopyReport) => Object.fromEntries(compared.map(({ kind, to }) => [kind, to]))

/** A small installation in which there is something of every kind. */
export interface Installation {
  readonly ann: Account
  readonly bob: Account
  /** Follows both, and has read once before most was published. */
  readonly zoe: Account
  readonly cursor: string
  /** Bob's newest message when zoe began to follow him. */
  readonly before: MessageId
  /** Everything that zoe is to see, newest first, and what of it came after her cursor. */
  readonly texts: readonly string[]
  readonly since: readonly string[]
  readonly liked: MessageId
  readonly likes: number
  /** A key of ann's, and the message that it stands for. */
  readonly key: string
  readonly keyed: string
  /** Stored, its fan-out not begun; and one that was given up. */
  readonly undone: MessageId
  readonly dead: MessageId
}

/** Fills a folder through a real server; then adds what a crash and a failure would leave. */
export async function fill(data: string): Promise<Installation> {
  const server = new ServerProcess(data, ['--hot-followers', '3'], { ROOKERY_JWT_SECRET: hostSecret })
  await server.start()
  try {
    return await fillServed(server, data)
  } finally {
    await server.end('SIGKILL')
  }
}

async function fillServed(server: ServerProcess, data: string): Promise<Installation> {
  const { address } = server
  const [ann, bob, zoe, ...others] = (await Promise.all(
    ['ann', 'bob', 'zoe', 'u1', 'u2', 'u3'].map((handle) => signUp(address, handle)),
  )) as [Account, Account, Account, ...Account[]]
  const as = ({ token }: Account, method: string, path: string, body?: unknown) =>
    call<Record<string, unknown>>(address, method, path, { token, body })

  await as(ann, 'PATCH', '/users/me', { name: 'Änne O’Hara', bio: 'two\nlines, 🦜' })
  const guest = await call(address, 'GET', '/users/me', { token: await signed({ sub: 'a guest', name: 'Guest' }) })
  if (guest.status !== 200) throw new Error(`a host’s user was answered ${guest.status}`)
  // Ann has more followers than --hot-followers, so her messages are hot.
  for (const reader of [zoe, bob, ...others]) await as(reader, 'PUT', `/users/${ann.id}/follow`)
  await as(ann, 'PUT', `/users/${bob.id}/follow`)
  await as(others[0]!, 'PUT', `/users/${bob.id}/follow`)
  await as(others[0]!, 'DELETE', `/users/${bob.id}/follow`)

  await as(others[0]!, 'PUT', `/users/${bob.id}/block`)
  await as(others[2]!, 'PUT', `/users/${bob.id}/mute`)

  // Followed after it, zoe has it in her pages, and it is no arrival for her.
  const early = [await sendSurely(address, bob, 'b0', 'b0')]
  await as(zoe, 'PUT', `/users/${bob.id}/follow`, { notify: true })
  const reader = new PollingReader(address, zoe)
  await until(async () => (await wholeTimeline(address, zoe)).length === early.length)
  await reader.poll()
  const { cursor = '' } = reader
  for (let i = 1; i <= 6; i++) {
    await sendSurely(address, bob, `b${i}`, `b${i}`)
    await sendSurely(address, ann, `a${i} “quoted” \\ 🦜`, `a${i}`)
  }
  const keyed = await sendSurely(address, ann, 'kept by its key', 'the key')
  const unwanted = await sendSurely(address, bob, 'to be deleted', 'unwanted')
  await as(bob, 'DELETE', `/messages/${unwanted}`)
  for (const one of [ann, bob, zoe]) await as(one, 'PUT', `/messages/${keyed}/like`)
  await as(bob, 'DELETE', `/messages/${keyed}/like`)
  await as(zoe, 'PUT', `/messages/${early[0]}/like`)
  await as(bob, 'POST', '/send', { boostOf: keyed })
  await as(bob, 'POST', '/send', { text: 'a reply', replyTo: keyed })
  await until(async () => (await wholeTimeline(address, zoe)).length === 16, 10_000, 'all was delivered')
  const told = async () => (await as(ann, 'GET', '/notifications')).body.notifications as { id: string; type: string }[]
  await until(async () => (await told()).some(({ type }) => type === 'like'), 10_000, 'ann was told')
  await as(ann, 'PUT', '/notifications/read', { upTo: (await told())[0]!.id })
  const seen = (await wholeTimeline(address, zoe)).map(({ text }) => text)
  if ((await server.end('SIGTERM')) !== 0) throw new Error(`the server did not end well: ${server.errors}`)

  const { undone, dead } = await leaveUndone(data, Number(bob.id), Number(zoe.id))
  const texts = ['undone', 'given up', ...seen]
  return {
    ann,
    bob,
    zoe,
    cursor,
    before: Number(early[0]),
    texts,
    since: texts.slice(0, -1),
    liked: Number(keyed),
    likes: 2,
    key: 'the key',
    keyed,
    undone,
    dead,
  }
}

/** A browser of theirs, and one of somebody who came by a token of a host. */
async function subscribe(engine: Engine, user: UserId): Promise<void> {
  const at = Date.now()
  const of = (token: string, signed: boolean) => ({
    user,
    token: token.repeat(64),
    signed,
    p256dh: 'point',
    auth: 'secret',
    at,
  })
  await engine.push.put({ ...of('a', false), endpoint: 'https://push.example.org/1', types: ['mention', 'message'] })
  await engine.push.put({ ...of('b', true), endpoint: 'https://push.example.org/2', types: [] })
}

/** A picture that nothing shows yet, and a file without all that pictures have. */
async function upload(engine: Engine, owner: UserId): Promise<void> {
  const nothing = {
    width: undefined,
    height: undefined,
    duration: undefined,
    blurhash: undefined,
    description: undefined,
  }
  const of = { ...nothing, owner, bytes: 1_000, previewBytes: 0, createdAt: Date.now(), use: unused }
  const picture = {
    previewBytes: 100,
    width: 640,
    height: 480,
    blurhash: 'LEHV6nWB2yk8pyo0adR*',
    description: 'A gull 🦜',
  }
  await engine.media.add({
    ...of,
    ...picture,
    id: 'a'.repeat(32),
    type: 'image',
    contentType: 'image/png',
    name: undefined,
  })
  await engine.media.add({ ...of, id: 'b'.repeat(32), type: 'file', contentType: 'application/pdf', name: 'ä.pdf' })
}

/** What moderators and operators leave. */
async function moderate(engine: Engine, user: UserId, moderator: UserId): Promise<void> {
  const ids = Array.from({ length: 4 }, (_, i) => engine.largestId + 4_096 * (i + 10))
  const [report, decided, invite, act] = ids as [Id, Id, Id, Id]
  await engine.users.update(moderator, { role: 'moderator' })
  const reason = 'spam,\nagain 🦜'
  const nothing = { text: '', note: '', moderator: 0, changedAt: 0 }
  const open = { reporter: moderator, user, message: undefined, reason, state: 'open', ...nothing } as const
  await engine.reports.add({ ...open, id: report, message: report - 1, text: 'What it said 🦜' })
  await engine.reports.add({ ...open, id: decided })
  await engine.reports.decide(decided, { state: 'resolved', note: 'told them', moderator, changedAt: Date.now() })
  const expiresAt = Date.now() + 86_400_000
  await engine.invites.add({ id: invite, secret: 'a'.repeat(20), by: moderator, expiresAt, usedBy: 0, usedAt: 0 })
  await engine.audit.add({ id: act, actor: moderator, act: 'report', user, subject: decided, note: 'resolved' })
}

/** What a killed server leaves: a message whose fan-out has not begun, a key that is not done, a job that was given up. */
async function leaveUndone(
  data: string,
  author: UserId,
  moderator: UserId,
): Promise<{ undone: MessageId; dead: MessageId }> {
  const engine = await openEmbedded({ data, memoryBytes: 64 * 2 ** 20 })
  try {
    const store = async (id: MessageId, text: string) => {
      const prev = (await engine.messages.tips(author)).tips.map((tip) => tip.id)
      const job = { id, author, mode: 'pushed', prev, crossed: false } as const
      await engine.idempotency.claim(author, `key of ${text}`, job, Date.now())
      await engine.messages.store({ ...job, body: messageBody(id, text) })
      return id
    }
    await moderate(engine, author, moderator)
    await subscribe(engine, author)
    await upload(engine, author)
    const dead = await store(engine.largestId + 4_096, 'given up')
    await engine.withdrawn.withdraw({ user: dead, why: 'suspended', at: 1 })
    await engine.outboxRows.dead(dead, 'the engine said no ten times')
    return { dead, undone: await store(dead + 4_096, 'undone') }
  } finally {
    await engine.close()
  }
}

/** A folder filled in bulk: users, edges and messages alone, but many. */
export async function load(data: string, messages: number): Promise<void> {
  const graph = 'synthetic:users=120,mean=6,max=100,seed=3'
  const args = ['load', graph, '--messages', String(messages), '--data', data, '--tokens', join(data, '..', 'tokens')]
  const { status, errors } = await rookeryEnds(...args)
  if (status !== 0) throw new Error(errors)
}
