/**
 * Readers on sockets through a crash: opens one socket a reader, publishes, kills the server as soon as everything is
 * acknowledged, reconnects each reader with its cursor and fetches once, until every reader holds every message of those
 * it follows. Reads a `CrowdJob` as JSON from standard input, prints a `CrowdOutcome`.
 */
import { openSocket, type RawSocket } from './socket-client.ts'

export interface CrowdJob {
  readonly port: number
  readonly pid: number
  /** By reader. */
  readonly tokens: readonly string[]
  /** By reader: whom they follow. */
  readonly followees: readonly (readonly number[])[]
  /** How many messages are published, each by the next of these authors. */
  readonly authors: readonly number[]
  /** Reconnections under way at the same time: clients come back with jitter, not all in one instant. */
  readonly together: number
}

export interface CrowdOutcome {
  /** From the kill until the last reader is back and has everything. */
  readonly backSeconds: number
  readonly firstFetchP50Ms: number
  readonly firstFetchP99Ms: number
  readonly messages: number
  /** Readers who miss a message of someone they follow, when time was up. */
  readonly incomplete: number
  /** Messages that came again after the crash; clients drop them. */
  readonly again: number
}

const job = (await Bun.stdin.json()) as CrowdJob
const deadlineMs = 120_000

interface Reader {
  readonly token: string
  cursor: string
  readonly held: Set<string>
  readonly expected: Set<string>
  socket: RawSocket | undefined
  fetchedMs: number
  onFetched: (() => void) | undefined
}

const readers: Reader[] = job.tokens.map((token) => ({
  token,
  cursor: '',
  held: new Set(),
  expected: new Set(),
  socket: undefined,
  fetchedMs: -1,
  onFetched: undefined,
}))
let again = 0

function onFrame(reader: Reader, text: string): void {
  const frame = JSON.parse(text) as {
    event?: string
    ref?: string
    cursor?: string
    message?: { id: string }
    error?: unknown
  }
  if (frame.error !== undefined) throw new Error(`refused: ${text}`)
  if (frame.cursor !== undefined) reader.cursor = frame.cursor
  if (frame.event === 'message') {
    if (reader.held.has(frame.message!.id)) again += 1
    reader.held.add(frame.message!.id)
  }
  if (frame.ref === 'first') reader.onFetched?.()
}

async function connect(reader: Reader): Promise<void> {
  const socket = await openSocket(job.port, (text) => onFrame(reader, text))
  const since = reader.cursor === '' ? {} : { since: reader.cursor }
  socket.send(JSON.stringify({ op: 'hello', token: reader.token, ...since }))
  await socket.first
  reader.socket = socket
}

/** Runs `work` for every reader, `job.together` at a time. */
async function forAll(work: (reader: Reader) => Promise<void>): Promise<void> {
  let next = 0
  const one = async () => {
    while (next < readers.length) await work(readers[next++]!)
  }
  await Promise.all(Array.from({ length: job.together }, one))
}

await forAll(connect)

// Publish, and note who must hold what.
const followers: number[][] = readers.map(() => [])
for (const [reader, followees] of job.followees.entries()) for (const f of followees) followers[f]!.push(reader)
await Promise.all(
  job.authors.map(async (author, i) => {
    const response = await fetch(`http://127.0.0.1:${job.port}/send`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${readers[author]!.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ text: `message ${i} before the crash` }),
    })
    if (response.status !== 201) throw new Error(`/send answered ${response.status}: ${await response.text()}`)
    const { id } = (await response.json()) as { id: string }
    for (const follower of followers[author]!) readers[follower]!.expected.add(id)
  }),
)

process.kill(job.pid, 'SIGKILL')
const killed = performance.now()
await Promise.all(readers.map((reader) => reader.socket!.closed))

async function comeBack(reader: Reader): Promise<void> {
  for (;;) {
    try {
      await connect(reader)
      break
    } catch {
      // The server is not back yet.
      if (performance.now() - killed > deadlineMs) throw new Error('the server did not come back')
      await Bun.sleep(20 + Math.random() * 30)
    }
  }
  const asked = performance.now()
  const fetched = Promise.withResolvers<void>()
  reader.onFetched = fetched.resolve
  reader.socket!.send(JSON.stringify({ op: 'fetch', ref: 'first', length: 20 }))
  await fetched.promise
  reader.fetchedMs = performance.now() - asked
}

await forAll(comeBack)
const misses = (reader: Reader) => [...reader.expected].some((id) => !reader.held.has(id))
while (readers.some(misses) && performance.now() - killed < deadlineMs) await Bun.sleep(10)
const backSeconds = (performance.now() - killed) / 1000
const times = readers.map((reader) => reader.fetchedMs).sort((a, b) => a - b)
const outcome: CrowdOutcome = {
  backSeconds,
  firstFetchP50Ms: times[times.length >> 1]!,
  firstFetchP99Ms: times[Math.floor(times.length * 0.99)]!,
  messages: job.authors.length,
  incomplete: readers.filter(misses).length,
  again,
}
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
