/**
 * The open-loop load client: it sends at a rate, whatever the server answers, as many clients who know nothing of each other
 * do. Each request takes a connection that is free, or a new one; where all are busy it is not sent, and counted. Times are from
 * the request's way into its connection. Reads an `OpenJob` as JSON from standard input, prints an `OpenOutcome`.
 */
import { readFileSync } from 'node:fs'

export interface OpenJob {
  readonly port: number
  /** Requests each second. */
  readonly rate: number
  readonly connectionsMax: number
  readonly seconds: number
  /** A file of whole requests, one JSON string a line; any is taken. */
  readonly requests: string
}

export interface OpenOutcome {
  readonly offered: number
  readonly sent: number
  /** Successes, and their times. */
  readonly answered: number
  readonly answeredP50Ms: number
  readonly answeredP99Ms: number
  readonly answeredMaxMs: number
  /** Of those that read, and of those that write. */
  readonly readsP99Ms: number
  readonly writesP99Ms: number
  /** 429 and 503. */
  readonly refused: number
  readonly refusedP99Ms: number
  /** Refusals without `Retry-After`. */
  readonly refusedSilently: number
  /** Everything else, connections that were closed included. */
  readonly failed: number
  readonly firstFailure: string
  /** Sent, and not answered 5 s after the end. */
  readonly unanswered: number
  readonly connections: number
}

const job = (await Bun.stdin.json()) as OpenJob
const requests = readFileSync(job.requests, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => Buffer.from(JSON.parse(line) as string))

interface Connection {
  head: Buffer | undefined
  /** Bytes of the body still to come; −1: none is under way. */
  missing: number
  status: number
  retryAfter: boolean
  since: number
  read: boolean
}

const free: Bun.Socket<Connection>[] = []
let [connections, offered, sent, failed, refusedSilently, underWay, connecting] = [0, 0, 0, 0, 0, 0, 0]
const reads: number[] = []
const writes: number[] = []
const refused: number[] = []
let firstFailure = ''

const any = () => requests[(Math.random() * requests.length) | 0]!

function send(socket: Bun.Socket<Connection>): void {
  const { data } = socket
  data.since = performance.now()
  data.head = undefined
  sent += 1
  underWay += 1
  const request = any()
  data.read = request[0] === 71 // G
  socket.write(request)
}

function fail(why: string): void {
  failed += 1
  firstFailure ||= why
}

function ended(socket: Bun.Socket<Connection>): void {
  const { status, since, retryAfter } = socket.data
  const took = performance.now() - since
  underWay -= 1
  socket.data.missing = -1
  if (status >= 200 && status < 400) (socket.data.read ? reads : writes).push(took)
  else if (status === 429 || status === 503) {
    refused.push(took)
    if (!retryAfter) refusedSilently += 1
  } else fail(`status ${status}`)
  free.push(socket)
}

function received(socket: Bun.Socket<Connection>, chunk: Buffer): void {
  const connection = socket.data
  if (connection.missing > 0) {
    connection.missing -= chunk.length
    if (connection.missing <= 0) ended(socket)
    return
  }
  const data = connection.head ? Buffer.concat([connection.head, chunk]) : chunk
  const end = data.indexOf('\r\n\r\n')
  if (end < 0) {
    connection.head = data
    return
  }
  const head = data.toString('latin1', 0, end)
  connection.head = undefined
  connection.status = Number(head.slice(9, 12))
  connection.retryAfter = /^retry-after:/im.test(head)
  connection.missing = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0) - (data.length - end - 4)
  if (connection.missing <= 0) ended(socket)
}

function closed(socket: Bun.Socket<Connection>): void {
  connections -= 1
  const at = free.indexOf(socket)
  if (at >= 0) free.splice(at, 1)
  else if (!over) {
    underWay -= 1
    fail('the connection was closed')
  }
}

let over = false

async function sendByNew(): Promise<void> {
  connections += 1
  connecting += 1
  try {
    const data: Connection = { head: undefined, missing: -1, status: 0, retryAfter: false, since: 0, read: true }
    const socket = await Bun.connect<Connection>({
      hostname: '127.0.0.1',
      port: job.port,
      data,
      socket: { data: received, close: closed, error: () => {} },
    })
    if (over) free.push(socket)
    else send(socket)
  } catch (error) {
    connections -= 1
    fail(String(error))
  } finally {
    connecting -= 1
  }
}

const began = performance.now()
while (!over) {
  const due = Math.floor(((performance.now() - began) / 1_000) * job.rate)
  // Who comes late makes up for it, but never by more than what a tenth of a second brings.
  let now = Math.min(due - offered, job.rate / 10)
  offered = due
  for (; now > 0; now--) {
    const socket = free.pop()
    if (socket) send(socket)
    else if (connections < job.connectionsMax && connecting < 128) void sendByNew()
    else break
  }
  await Bun.sleep(2)
  over = performance.now() - began > job.seconds * 1_000
}
const patience = performance.now() + 5_000
while (underWay > 0 && performance.now() < patience) await Bun.sleep(10)

const sorted = (times: number[]) => times.sort((a, b) => a - b)
const p99 = (times: number[]) => sorted(times)[Math.floor(times.length * 0.99)] ?? 0
const fine = sorted([...reads, ...writes])
const outcome: OpenOutcome = {
  offered,
  sent,
  answered: fine.length,
  answeredP50Ms: fine[fine.length >> 1] ?? 0,
  answeredP99Ms: p99(fine),
  answeredMaxMs: fine.at(-1) ?? 0,
  readsP99Ms: p99(reads),
  writesP99Ms: p99(writes),
  refused: refused.length,
  refusedP99Ms: p99(refused),
  refusedSilently,
  failed,
  firstFailure,
  unanswered: underWay,
  connections,
}
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
