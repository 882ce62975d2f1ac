import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jpeg } from '../media/samples.ts'
import {
  type Account,
  call,
  PollingReader,
  sendSurely,
  signUp,
  type WireMessage,
  wholeTimeline,
} from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'
import { oneSentence, rookeryEnds } from './process.ts'

let folder: ReturnType<typeof temporaryFolder>
let servers: ServerProcess[]
const at = (name: string) => join(folder.path, name)

beforeEach(() => {
  folder = temporaryFolder()
  servers = []
})
afterEach(async () => {
  for (const server of servers) await server.end('SIGKILL')
  folder.remove()
})

async function serve(data: string): Promise<ServerProcess> {
  // The first author has three followers, so is hot.
  const server = new ServerProcess(data, ['--hot-followers', '2'])
  servers.push(server)
  await server.start()
  return server
}

interface Profile {
  followers: number
  following: number
  messages: number
}
interface Users {
  users: { id: string }[]
  next?: string
}

const get = async <T>(address: string, token: string, path: string) =>
  (await call<T>(address, 'GET', path, { token })).body

/** All ids of a list of users, page by page. */
async function allIds(address: string, token: string, path: string): Promise<string[]> {
  const ids: string[] = []
  for (let before = ''; ; ) {
    const { users, next } = await get<Users>(address, token, `${path}?length=100${before}`)
    ids.push(...users.map(({ id }) => id))
    if (next === undefined) return ids
    before = `&before=${next}`
  }
}

interface Shown {
  readonly id: string
  readonly media: { readonly url: string; readonly previewUrl: string }[]
  /** The picture's bytes, and its preview's. */
  readonly bytes: readonly Buffer[]
}

/** A message with a picture, as it is given now. */
async function pictureIn(address: string, reader: Account, id: string): Promise<Shown> {
  const { media } = await get<Shown>(address, reader.token, `/messages/${id}`)
  const bytes = await Promise.all(
    [media[0]!.url, media[0]!.previewUrl].map(async (path) => {
      const got = await fetch(address + path)
      expect(got.status).toBe(200)
      return Buffer.from(await got.arrayBuffer())
    }),
  )
  return { id, media, bytes }
}

async function sendPicture(address: string, author: Account): Promise<Shown> {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(await jpeg(300, 200))]), 'gull.jpg')
  const headers = { Authorization: `Bearer ${author.token}` }
  const uploaded = await fetch(`${address}/media`, { method: 'POST', headers, body: form })
  expect(uploaded.status).toBe(201)
  const { id } = (await uploaded.json()) as { id: string }
  const sent = await call<{ id: string }>(address, 'POST', '/send', { token: author.token, body: { media: [id] } })
  return pictureIn(address, author, sent.body.id)
}

function hotEpoch(name: string): number {
  const db = new Database(at(join(name, 'rookery.db')), { readonly: true })
  const [[epoch]] = db.query("SELECT value FROM meta WHERE key = 'hot_epoch'").values() as [[number]]
  db.close()
  return epoch
}

/** What was acknowledged, in the order of the answers. */
interface Written {
  readonly sent: { id: string; text: string; author: Account }[]
  readonly liked: { by: Account; id: string }[]
  readonly followed: { by: Account; whom: Account }[]
}

/** Posts, likes and follows, several at a time, until `stop`. */
function writeSteadily(address: string, authors: Account[], others: Account[], into: Written) {
  let stopped = false
  const each = async (author: Account, number: number) => {
    for (let n = 0; !stopped; n++) {
      const text = `${author.handle} ${n}`
      const id = await sendSurely(address, author, text, `${author.handle}-${n}`)
      into.sent.push({ id, text, author })
      for (const by of others.filter((_, i) => (n + i) % 3 === 0)) {
        await call(address, 'PUT', `/messages/${id}/like`, { token: by.token })
        into.liked.push({ by, id })
      }
      const by = others[n]
      if (number === 0 && by !== undefined) {
        await call(address, 'PUT', `/users/${author.id}/follow`, { token: by.token })
        into.followed.push({ by, whom: author })
      }
    }
  }
  const all = authors.map(each)
  return async () => {
    stopped = true
    await Promise.all(all)
  }
}

test('a backup under load has all that was acknowledged before it began, and cursors and tokens stay good', async () => {
  const old = await serve(at('data'))
  const authors = await Promise.all(['hot', 'bo', 'cy'].map((handle) => signUp(old.address, handle)))
  const others = await Promise.all(Array.from({ length: 12 }, (_, i) => signUp(old.address, `r${i}`)))
  const [early, late, third] = others as [Account, Account, Account]
  for (const by of [early, late, third]) {
    for (const whom of authors) await call(old.address, 'PUT', `/users/${whom.id}/follow`, { token: by.token })
  }
  const earlyReader = new PollingReader(old.address, early)
  const lateReader = new PollingReader(old.address, late)
  await earlyReader.poll()
  await lateReader.poll()

  const written: Written = { sent: [], liked: [], followed: [] }
  const stop = writeSteadily(old.address, authors, others.slice(3), written)
  await until(() => written.sent.length > 40)
  await earlyReader.poll()
  const shown = await sendPicture(old.address, authors[0]!)
  written.sent.push({ id: shown.id, text: '', author: authors[0]! })
  const before: Written = { sent: [...written.sent], liked: [...written.liked], followed: [...written.followed] }
  const backedUp = await rookeryEnds('backup', at('backup'), '--data', at('data'), '--json')
  expect([backedUp.status, backedUp.errors]).toEqual([0, expect.not.stringContaining('rookery:')])
  const { rows, files } = JSON.parse(backedUp.out) as { rows: Record<string, number>; files: number }
  const atEnd = written.sent.length
  await until(() => written.sent.length > atEnd + 30)
  await stop()
  await until(async () => {
    await lateReader.poll()
    return written.sent.every(({ id }) => lateReader.has(id))
  })
  expect(await old.end('SIGTERM')).toBe(0)

  const restored = await rookeryEnds('restore', at('backup'), '--data', at('again'), '--json')
  expect([restored.status, JSON.parse(restored.out).rows]).toEqual([0, rows])
  // The database, the picture and its preview.
  expect(files).toBe(3)
  // Places in the hot log are given a second time, so it is another one.
  expect(hotEpoch('again')).not.toBe(hotEpoch('backup'))
  const { address } = await serve(at('again'))
  expect(await pictureIn(address, early, shown.id)).toEqual(shown)

  // All that was acknowledged before is there.
  for (const { id, text } of before.sent) {
    expect((await get<WireMessage>(address, early.token, `/messages/${id}`)).text).toBe(text)
  }
  for (const { by, id } of before.liked) {
    const message = await get<{ you: { liked: boolean } }>(address, by.token, `/messages/${id}`)
    expect(message.you.liked).toBe(true)
  }
  for (const { by, whom } of before.followed) {
    const { you } = await get<{ you: { following: boolean } }>(address, by.token, `/users/${whom.id}`)
    expect(you.following).toBe(true)
  }

  // What is there agrees with itself, and nothing is there that was not written.
  const sent = new Set(written.sent.map(({ id }) => id))
  const kept: WireMessage[] = []
  for (const author of authors) {
    const profile = await get<Profile>(address, early.token, `/users/${author.id}`)
    const followers = await allIds(address, early.token, `/users/${author.id}/followers`)
    const own = (await wholeTimeline(address, author)).filter((message) => message.author.id === author.id)
    expect(profile.followers).toBe(new Set(followers).size)
    expect(profile.messages).toBe(own.length)
    kept.push(...own)
  }
  expect(kept).toHaveLength(rows.messages!)
  expect(kept.filter(({ id }) => !sent.has(id))).toEqual([])
  expect(kept.length).toBeLessThan(written.sent.length)
  for (const { id } of kept) {
    const { likes } = await get<{ likes: number }>(address, early.token, `/messages/${id}`)
    expect(await allIds(address, early.token, `/messages/${id}/likes`)).toHaveLength(likes)
  }

  // A cursor from before goes on where it stood.
  const resumed = new PollingReader(address, early)
  resumed.cursor = earlyReader.cursor
  await until(async () => {
    await resumed.poll()
    return kept.every(({ id }) => earlyReader.has(id) || resumed.has(id))
  })
  // One from after it too: fewer new messages than were lost, so that places in the hot log are given a second time.
  const after = new PollingReader(address, late)
  after.cursor = lateReader.cursor
  await after.poll()
  const news: string[] = []
  for (const author of authors) news.push(await sendSurely(address, author, 'after', `${author.handle}-again`))
  await until(async () => {
    await after.poll()
    return news.every((id) => after.has(id))
  })
})

describe('what cannot be backed up or restored is told in one sentence', () => {
  /** A data folder with one user in it, stopped, and a backup of it. */
  async function oneBackup(): Promise<void> {
    const server = await serve(at('data'))
    await signUp(server.address, 'ann')
    await server.end('SIGKILL')
    expect(await rookeryEnds('backup', at('backup'), '--data', at('data'))).toMatchObject({
      status: 0,
      out: expect.stringContaining('1 users'),
    })
  }

  async function refused(says: string, ...args: string[]): Promise<void> {
    const ended = await rookeryEnds(...args)
    expect([ended.status, ended.out]).toEqual([1, ''])
    expect(
      ended.errors
        .split('\n')
        .filter((line) => line.startsWith('rookery: '))
        .join('\n')
        .concat('\n'),
    ).toMatch(oneSentence)
    expect(ended.errors).toContain(says)
  }

  const rewrite = (change: (manifest: { format: number; schema: number; rows: Record<string, number> }) => void) => {
    const path = at('backup/backup.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    change(manifest)
    writeFileSync(path, JSON.stringify(manifest))
  }

  test('no installation, a folder that is not empty, a place in the data folder', async () => {
    await refused('no installation', 'backup', at('backup'), '--data', at('nothing'))
    await oneBackup()
    await refused('not empty', 'backup', at('backup'), '--data', at('data'))
    await refused('lies in the data folder', 'backup', at('data/backups/one'), '--data', at('data'))
    symlinkSync(at('data'), at('link'))
    await refused('lies in the data folder', 'backup', at('link/backups/one'), '--data', at('data'))
    await refused('not empty', 'restore', at('backup'), '--data', at('data'))
  })

  test('a backup that was not finished', async () => {
    await oneBackup()
    rmSync(at('backup/backup.json'))
    await refused('no finished backup', 'restore', at('backup'), '--data', at('again'))
  })

  test('a backup that is damaged, or not what its manifest says, leaves an empty folder', async () => {
    await oneBackup()
    rewrite(({ rows }) => {
      rows.users = 2
    })
    await refused('(users)', 'restore', at('backup'), '--data', at('again'))
    const database = readFileSync(at('backup/rookery.db'))
    database[database.length - 100]! ^= 1
    writeFileSync(at('backup/rookery.db'), database)
    await refused('is damaged', 'restore', at('backup'), '--data', at('again'))
    rmSync(at('backup/rookery.db'))
    await refused('is missing', 'restore', at('backup'), '--data', at('again'))
    expect(readdirSync(at('again')).filter((name) => name !== 'lock.db')).toEqual([])
  })

  test('a database that is none, in words that name its folder', async () => {
    mkdirSync(at('data'))
    writeFileSync(at('data/rookery.db'), 'not a database, but as long as the head of one would have to be'.repeat(10))
    await refused(at('data'), 'backup', at('backup'), '--data', at('data'))
  })

  test('a backup of a newer version', async () => {
    await oneBackup()
    rewrite((manifest) => {
      manifest.schema = 1_000
    })
    await refused('newer Rookery', 'restore', at('backup'), '--data', at('again'))
    rewrite((manifest) => {
      manifest.format = 1_000
    })
    await refused('newer Rookery', 'restore', at('backup'), '--data', at('again'))
  })

  test('a folder whose restore was interrupted is not served and not backed up, and is restored anew', async () => {
    await oneBackup()
    mkdirSync(at('again'))
    writeFileSync(at('again/restoring'), '')
    writeFileSync(at('again/rookery.db'), 'half of it')
    await refused('was interrupted', 'serve', '--data', at('again'), '--port', '0')
    await refused('was interrupted', 'backup', at('other'), '--data', at('again'))
    expect((await rookeryEnds('restore', at('backup'), '--data', at('again'))).status).toBe(0)
    const { address } = await serve(at('again'))
    expect(
      (await call(address, 'POST', '/sessions', { body: { handle: 'ann', password: 'correct horse battery' } })).status,
    ).toBe(201)
  })
})
