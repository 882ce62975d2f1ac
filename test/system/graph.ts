/**
 * The main job on a real follow graph: loads an edge list, serves it, lets authors of the graph publish while some readers
 * hold sockets and others poll, and compares every timeline with one computed plainly from graph and messages.
 *
 * As a program: sh scripts/run.sh test/system/graph.ts EDGES [--messages N] [--readers N]
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { until } from '../until.ts'
import { type Account, LiveReader, PollingReader, sendSurely, wholeTimeline } from './client.ts'
import { rookery, ServerProcess, temporaryFolder } from './server.ts'

export interface GraphRun {
  readonly edges: string
  readonly messages: number
  /** Readers on sockets; as many poll. */
  readonly live: number
  /** Readers whose whole timeline is compared at the end; all without it. */
  readonly compared?: number
  readonly hotFollowers: number
  /** Publishes under way at once, each of another author. */
  readonly atOnce?: number
  readonly say?: (line: string) => void
}

export interface GraphReport {
  readonly users: number
  readonly edges: number
  readonly messages: number
  readonly hotAuthors: number
  readonly timelines: number
  readonly entries: number
  readonly repeats: number
}

/** Throws at the first timeline that lacks a message, has one twice or too many, or breaks an author's order. */
export async function runGraph(run: GraphRun): Promise<GraphReport> {
  const say = run.say ?? (() => {})
  const folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const server = new ServerProcess(data, ['--hot-followers', String(run.hotFollowers)])
  try {
    const tokens = join(folder.path, 'tokens.tsv')
    const loading = rookery(['load', run.edges, '--data', data, '--tokens', tokens], { stdout: 'ignore' })
    if ((await loading.exited) !== 0) {
      throw new Error(`load failed: ${await new Response(loading.stderr as ReadableStream).text()}`)
    }
    const graph = readGraph(run.edges)
    const accounts = readTokens(tokens)
    say(`${basename(run.edges)}: ${accounts.size} users, ${graph.edges} edges loaded`)

    await server.start()
    const byFollowers = [...graph.followers.keys()].sort((a, b) => graph.followers.get(b)! - graph.followers.get(a)!)
    const byFollowees = [...graph.following.keys()].sort(
      (a, b) => graph.following.get(b)!.size - graph.following.get(a)!.size,
    )
    // Half of them stand at the head of the graph, where its skew is, half are spread over it.
    const authors = headAndSpread(byFollowers, Math.min(run.messages / 4, byFollowers.length))
    const readers = headAndSpread(byFollowees, run.live * 2)
    const live = readers.slice(0, run.live).map((node) => new LiveReader(server.address, accounts.get(node)!))
    const polling = readers.slice(run.live).map((node) => new PollingReader(server.address, accounts.get(node)!))
    await Promise.all([...live.map((reader) => reader.start()), ...polling.map((reader) => reader.poll())])

    const sent = new Map<string, string[]>()
    let next = 0
    const publish = async () => {
      while (next < run.messages) {
        const i = next++
        const author = authors[i % authors.length]!
        // One author's publishes follow each other: the order of acknowledgement is the order to hold.
        const before = turns.get(author) ?? Promise.resolve()
        const turn = before.then(async () => {
          const account = accounts.get(author)!
          const id = await sendSurely(server.address, account, `message ${i} of node ${author}`, `m${i}`)
          sent.set(author, [...(sent.get(author) ?? []), id])
        })
        turns.set(author, turn)
        await turn
      }
    }
    const turns = new Map<string, Promise<void>>()
    let publishing = true
    const pollers = polling.map(async (reader) => {
      while (publishing) await reader.poll()
    })
    await Promise.all(Array.from({ length: run.atOnce ?? 32 }, publish))
    publishing = false
    await Promise.all(pollers)
    say(`${run.messages} messages of ${authors.length} authors acknowledged`)

    const expectedOf = (node: string): Set<string> => {
      const ids = new Set<string>(sent.get(node))
      for (const author of graph.following.get(node) ?? []) for (const id of sent.get(author) ?? []) ids.add(id)
      return ids
    }
    const nodeOf = new Map([...accounts].map(([node, account]) => [account.id, node]))
    const streams: (LiveReader | PollingReader)[] = [...live, ...polling]
    const expected = new Map(streams.map((reader) => [reader, expectedOf(nodeOf.get(reader.account.id)!)]))
    await until(
      async () => {
        await Promise.all(polling.map((reader) => reader.poll()))
        return streams.every((reader) => [...expected.get(reader)!].every((id) => reader.has(id)))
      },
      60_000,
      'every reader having everything',
    )
    for (const reader of streams) {
      const wanted = expected.get(reader)!
      compareSets(reader.account, new Set(reader.seen.map((message) => message.id)), wanted)
      compareOrder(reader, sent, nodeOf)
    }
    const nodes = run.compared === undefined ? [...accounts.keys()] : headAndSpread(byFollowees, run.compared)
    let entries = 0
    for (let i = 0; i < nodes.length; i += 16) {
      await Promise.all(
        nodes.slice(i, i + 16).map(async (node) => {
          const pages = await wholeTimeline(server.address, accounts.get(node)!)
          const wanted = [...expectedOf(node)].sort((a, b) => Number(b) - Number(a))
          const got = pages.map((message) => message.id)
          if (got.join() !== wanted.join()) {
            throw new Error(`node ${node}: the pages hold ${got.length} messages, the graph says ${wanted.length}`)
          }
          entries += got.length
        }),
      )
    }
    for (const reader of live) {
      if (reader.problems.length > 0) throw new Error(`a reader met ${reader.problems.join(', ')}`)
      reader.stop()
    }
    const status = await server.end('SIGTERM')
    if (status !== 0) throw new Error(`the server ended with ${status}: ${server.errors}`)
    say(`${nodes.length} timelines compared, ${entries} entries: nothing missing, nothing twice, order kept`)
    return {
      users: accounts.size,
      edges: graph.edges,
      messages: run.messages,
      hotAuthors: authors.filter((node) => graph.followers.get(node)! > run.hotFollowers).length,
      timelines: nodes.length + streams.length,
      entries,
      repeats: live.reduce((sum, reader) => sum + reader.repeats, 0),
    }
  } finally {
    await server.end('SIGKILL')
    folder.remove()
  }
}

function compareSets(account: Account, got: Set<string>, wanted: Set<string>): void {
  for (const id of got) if (!wanted.has(id)) throw new Error(`@${account.handle} was given ${id}, not theirs to see`)
  if (got.size !== wanted.size) throw new Error(`@${account.handle} has ${got.size} of ${wanted.size} messages`)
}

function compareOrder(reader: LiveReader | PollingReader, sent: Map<string, string[]>, nodeOf: Map<string, string>) {
  const byAuthor = new Map<string, string[]>()
  for (const { id, author } of reader.seen) byAuthor.set(author.id, [...(byAuthor.get(author.id) ?? []), id])
  for (const [author, got] of byAuthor) {
    if (got.join() !== sent.get(nodeOf.get(author)!)!.join()) {
      throw new Error(`@${reader.account.handle} got the messages of node ${nodeOf.get(author)} in another order`)
    }
  }
}

/** Who follows whom, plainly: the edge list's own words, repeats and self-follows left out. */
function readGraph(path: string) {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const following = new Map<string, Set<string>>()
  const followers = new Map<string, number>()
  let edges = 0
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#') || line.startsWith('%')) continue
    const [follower, followee] = line.split(/\s+/) as [string, string]
    if (follower === followee) continue
    let set = following.get(follower)
    if (set === undefined) following.set(follower, (set = new Set()))
    if (set.has(followee)) continue
    set.add(followee)
    followers.set(followee, (followers.get(followee) ?? 0) + 1)
    edges++
  }
  return { following, followers, edges }
}

function readTokens(path: string): Map<string, Account> {
  const accounts = new Map<string, Account>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue
    const [node, id, handle, token] = line.split('\t') as [string, string, string, string]
    accounts.set(node, { id, handle, token })
  }
  return accounts
}

/** `count` of the list, evenly spread over it. */
function spread<T>(list: T[], count: number): T[] {
  const wanted = Math.min(count, list.length)
  return Array.from({ length: wanted }, (_, i) => list[Math.floor((i * list.length) / wanted)]!)
}

/** Half of `count` from the front of the list, half evenly spread over the rest; head and rest take turns. */
function headAndSpread<T>(list: T[], count: number): T[] {
  const head = list.slice(0, Math.ceil(count / 2))
  const rest = spread(list.slice(head.length), Math.floor(count / 2))
  return head.flatMap((one, i) => (i < rest.length ? [one, rest[i]!] : [one]))
}

if (import.meta.main) {
  const { positionals, values } = parseArgs({
    args: Bun.argv.slice(2),
    allowPositionals: true,
    options: { messages: { type: 'string', default: '1000' }, readers: { type: 'string', default: '50' } },
  })
  const [edges] = positionals
  if (edges === undefined) {
    console.error('Name an edge list: sh scripts/run.sh test/system/graph.ts EDGES [--messages N] [--readers N]')
    process.exit(2)
  }
  const report = await runGraph({
    edges,
    messages: Number(values.messages),
    live: Number(values.readers),
    compared: 2_000,
    hotFollowers: 100,
    say: (line) => console.log(line),
  })
  console.log(JSON.stringify(report))
}
