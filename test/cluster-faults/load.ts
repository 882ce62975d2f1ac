import { type Account, call, logIn, signUp } from '../system/client.ts'
import { Ledger, type Post } from './ledger.ts'
import { pollingReader, type Reader, type ReaderOptions, socketReader, textOf } from './readers.ts'
import { surely } from './retrying.ts'

/** The steady load: 40 posts a second of 20 authors, and 40 readers, four of whom poll. */
export const authorCount = 20
const readerCount = 40
const pollers = 4
const likeEveryMs = 1_000
/** API.md: a count may lag 2 s while likes come. */
const countLagMs = 2_000
const fallEveryMs = 1_000
/** Two authors have all 40 readers, the others 14 to 16: with this they are hot. */
export const hotFollowers = 30

const follows = (reader: number, author: number) => author < 2 || (reader * 7 + author * 3) % 20 < 8

export interface Load {
  readonly ledger: Ledger
  /** Messages of which a gateway does not show as many likes as were given: those whose likes have not changed just now. */
  wrongCounts(): Promise<string[]>
  /** No more posts, likes and falls; readers go on. */
  quiet(): Promise<void>
  /** Readers end too. */
  stop(): void
}

/**
 * Begins the load on these gateways; resolves when all follow, and every reader stands where it begins. Each author posts
 * every `postEveryMs`.
 */
export async function startLoad(addresses: readonly string[], { postEveryMs = 500 } = {}): Promise<Load> {
  const [address] = addresses as [string]
  const people = await inTurns(authorCount + readerCount, 4, (i) => enter(address, `person${i}`))
  const authors = people.slice(0, authorCount)
  const readers = people.slice(authorCount)
  const followers = authors.map((_, a) => [...readers.keys()].filter((r) => follows(r, a)))
  await inTurns(authorCount, 4, async (a) => {
    for (const r of followers[a]!) {
      await call(address, 'PUT', `/users/${authors[a]!.id}/follow`, { token: readers[r]!.token })
    }
  })
  const ledger = new Ledger(followers, readerCount)
  const reading = readers.map(({ token }, number): Reader => {
    const options: ReaderOptions = { number, token, addresses, ledger }
    return number < pollers ? pollingReader(options) : socketReader(options)
  })
  await Promise.all(reading.map((reader) => reader.start()))

  let ended = false
  const likes = startLikes({ readers, addresses, ledger, ended: () => ended })
  const working = [
    ...authors.map((author, a) => write(author, a)),
    every(fallEveryMs, async (i) => reading[pollers + (i % (readerCount - pollers))]!.fall()),
    likes.working,
  ]

  async function write({ token }: Account, author: number): Promise<void> {
    await Bun.sleep((author * postEveryMs) / authorCount)
    await every(postEveryMs, async () => {
      const post = ledger.begin(author)
      const body = { text: textOf(author, post.n) }
      const asked = { token, body, key: post.key, first: author }
      const message = await surely<{ id: string }>(addresses, ledger, 'POST', '/send', asked)
      if (message !== undefined) ledger.acknowledge(post, message.id)
    })
  }

  async function every(ms: number, work: (i: number) => Promise<void>): Promise<void> {
    let next = performance.now()
    for (let i = 0; !ended; i++) {
      await work(i)
      // What was missed is not made up for: the load is steady.
      next = Math.max(next + ms, performance.now())
      await Bun.sleep(next - performance.now())
    }
  }

  return {
    ledger,
    wrongCounts: likes.wrong,
    async quiet() {
      ended = true
      await Promise.all(working)
    },
    stop() {
      for (const reader of reading) reader.stop()
    },
  }
}

/** Readers like what was just published, and one like in three is taken back. */
function startLikes({
  readers,
  addresses,
  ledger,
  ended,
}: {
  readers: readonly Account[]
  addresses: readonly string[]
  ledger: Ledger
  ended: () => boolean
}) {
  /** Of each message, who likes it, and when that changed last. */
  const given = new Map<string, { likers: Set<number>; at: number }>()

  async function like(reader: number, { id }: Post, first: number): Promise<void> {
    const path = `/messages/${id}/like`
    const asked = { token: readers[reader]!.token, first }
    const likes = given.get(id!) ?? { likers: new Set(), at: Number.POSITIVE_INFINITY }
    given.set(id!, likes)
    // Not compared while a change is under way.
    likes.at = Number.POSITIVE_INFINITY
    const changed = async (method: 'PUT' | 'DELETE') =>
      (await surely(addresses, ledger, method, path, asked)) !== undefined
    if (!(await changed('PUT'))) return
    likes.likers.add(reader)
    if (first % 3 === 0) {
      if (!(await changed('DELETE'))) return
      likes.likers.delete(reader)
    }
    likes.at = performance.now()
  }

  async function work(): Promise<void> {
    for (let turn = 0; !ended(); turn++) {
      await Bun.sleep(likeEveryMs)
      const post = ledger.acknowledged.at(-1 - (turn % 5))
      if (post !== undefined) await like(turn % readers.length, post, turn)
    }
  }

  return {
    working: work(),
    async wrong(): Promise<string[]> {
      const wrong: string[] = []
      const { token } = readers[0]!
      const settled = [...given].filter(([, { at }]) => performance.now() - at > countLagMs)
      for (const [id, { likers }] of settled.slice(-50)) {
        for (const address of addresses) {
          const { body } = await call<{ likes: number }>(address, 'GET', `/messages/${id}`, { token })
          if (body.likes !== likers.size) wrong.push(`${id} shows ${body.likes} of ${likers.size} likes at ${address}`)
        }
      }
      return wrong
    },
  }
}

/** Signs up. Where a try that was refused had made the account all the same, logs in. */
async function enter(address: string, handle: string): Promise<Account> {
  try {
    return await signUp(address, handle)
  } catch (problem) {
    const { status, body } = await logIn(address, handle)
    if (status !== 201) throw problem
    return { id: body.user.id, handle, token: body.token }
  }
}

/** `work` of 0 to `count` − 1, so many at a time. */
async function inTurns<T>(count: number, atOnce: number, work: (i: number) => Promise<T>): Promise<T[]> {
  const done: T[] = []
  let next = 0
  const worker = async () => {
    for (let i = next++; i < count; i = next++) done[i] = await work(i)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return done
}
