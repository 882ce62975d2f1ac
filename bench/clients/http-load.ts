/**
 * The HTTP load client: keep-alive connections that each send one prepared request after the other's answer, on plain TCP.
 * It shares two cores with the server it measures, so it does next to nothing: no parsing but the status and the length.
 * Reads a `HttpJob` as JSON from standard input, prints a `HttpOutcome`.
 */
import { readFileSync } from 'node:fs'
import { openSocket } from './socket-client.ts'

export interface HttpJob {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  /** Not measured: lets caches fill and code be compiled. */
  readonly warmUpSeconds: number
  /** A file of whole requests, one JSON string a line. */
  readonly requests: string
  /** `random`: any; `own`: connection i sends request i again and again; `sequence`: each one once. */
  readonly pick: 'random' | 'own' | 'sequence'
  /** A reader whose socket should see every message accepted: measures when they are visible. */
  readonly observer?: { readonly token: string }
}

export interface HttpOutcome {
  readonly perSecond: number
  readonly answers: number
  /** With those of the warm-up and those answered after the time was over. */
  readonly allAnswers: number
  readonly errors: number
  readonly firstError: string
  readonly p50Ms: number
  readonly p99Ms: number
  readonly bytesPerAnswer: number
  /** With an observer: messages seen by its socket, each second from the start until the last one. */
  readonly visiblePerSecond: number
  readonly visible: number
}

const job = (await Bun.stdin.json()) as HttpJob
const requests = readFileSync(job.requests, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => Buffer.from(JSON.parse(line) as string))
const times: number[] = []
let [answers, allAnswers, errors, bytes, nextInSequence] = [0, 0, 0, 0, 0]
let [measuring, ended] = [false, false]
let firstError = ''
let open = 0
const allClosed = Promise.withResolvers<void>()

function nextRequest(connection: number): Buffer | undefined {
  if (job.pick === 'random') return requests[(Math.random() * requests.length) | 0]
  if (job.pick === 'own') return requests[connection % requests.length]
  return requests[nextInSequence++]
}

interface Connection {
  readonly number: number
  /** What arrived of an answer whose head is not whole yet. */
  head: Buffer | undefined
  /** Bytes of the body still to come. */
  missing: number
  since: number
  good: boolean
}

function sendNext(socket: Bun.Socket<Connection>): void {
  const request = ended ? undefined : nextRequest(socket.data.number)
  if (!request) {
    socket.end()
    return
  }
  socket.data.since = performance.now()
  const written = socket.write(request)
  // Requests are far smaller than a socket's buffer, which is empty when the last answer has come.
  if (written < request.length) throw new Error('the request did not fit into the socket')
}

function answered(socket: Bun.Socket<Connection>): void {
  if (!socket.data.good) errors += 1
  else allAnswers += 1
  if (measuring && socket.data.good) {
    answers += 1
    times.push(performance.now() - socket.data.since)
  }
  sendNext(socket)
}

function received(socket: Bun.Socket<Connection>, chunk: Buffer): void {
  const connection = socket.data
  if (measuring) bytes += chunk.length
  if (connection.missing > 0) {
    connection.missing -= chunk.length
    if (connection.missing <= 0) answered(socket)
    return
  }
  const data = connection.head ? Buffer.concat([connection.head, chunk]) : chunk
  const end = data.indexOf('\r\n\r\n')
  if (end < 0) {
    connection.head = data
    return
  }
  connection.head = undefined
  const head = data.toString('latin1', 0, end)
  const length = /content-length: *(\d+)/i.exec(head)
  connection.good = head.startsWith('HTTP/1.1 20')
  if (!connection.good && firstError === '') firstError = data.toString('utf8', 0, 600)
  if (!length && !head.startsWith('HTTP/1.1 204')) throw new Error(`an answer without a length: ${head}`)
  connection.missing = Number(length?.[1] ?? 0) - (data.length - end - 4)
  if (connection.missing <= 0) answered(socket)
}

function closed(socket: Bun.Socket<Connection>): void {
  if (!ended && job.pick !== 'sequence') {
    errors += 1
    firstError ||= `connection ${socket.data.number} was closed by the server`
  }
  open -= 1
  if (open === 0) allClosed.resolve()
}

let seen = 0
let lastSeen = 0
const observer = job.observer
  ? await openSocket(job.port, (frame) => {
      if (!frame.startsWith('{"event":"message"')) return
      seen += 1
      lastSeen = performance.now()
    })
  : undefined
if (observer) {
  observer.send(JSON.stringify({ op: 'hello', token: job.observer!.token }))
  await observer.first
}

const connect = (number: number) =>
  Bun.connect<Connection>({
    hostname: '127.0.0.1',
    port: job.port,
    data: { number, head: undefined, missing: 0, since: 0, good: true },
    socket: { data: received, close: closed, error: closed },
  })
const sockets = await Promise.all(Array.from({ length: job.connections }, (_, number) => connect(number)))
open = sockets.length
for (const socket of sockets) sendNext(socket)
await Bun.sleep(job.warmUpSeconds * 1000)
const began = performance.now()
const seenBefore = seen
measuring = true
await Promise.race([Bun.sleep(job.seconds * 1000), allClosed.promise])
const elapsed = (performance.now() - began) / 1000
measuring = false
ended = true
await allClosed.promise

if (observer) {
  // Visible: the last of what was accepted has reached the observer; quiet for two seconds means that nothing more comes.
  while (performance.now() - lastSeen < 2_000) await Bun.sleep(50)
  observer.close()
}
times.sort((a, b) => a - b)
const outcome: HttpOutcome = {
  perSecond: answers / elapsed,
  answers,
  allAnswers,
  errors,
  firstError,
  p50Ms: times[times.length >> 1] ?? 0,
  p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
  bytesPerAnswer: Math.round(bytes / Math.max(1, answers)),
  visiblePerSecond: observer ? (seen - seenBefore) / ((lastSeen - began) / 1000) : 0,
  visible: seen,
}
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
