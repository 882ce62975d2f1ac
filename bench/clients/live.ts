/**
 * The live client: many sockets, and one connection that publishes. The next message goes out when all but `inFlight` − 1
 * of the former have reached every socket. Reads a `LiveJob` as JSON from standard input, prints a `LiveOutcome`.
 */
import { openSocket } from './socket-client.ts'

export interface LiveJob {
  readonly port: number
  readonly sockets: number
  /** One a socket; none for the bare limit. */
  readonly tokens: readonly string[]
  readonly authorToken: string
  /** Body of each `POST /send`. */
  readonly body: string
  readonly inFlight: number
  readonly seconds: number
  readonly warmUpSeconds: number
}

export interface LiveOutcome {
  readonly deliveriesPerSecond: number
  readonly messages: number
  /** From the request until the last socket has it; meaningful with one message in flight. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** One frame as it came. */
  readonly frame: string
}

const job = (await Bun.stdin.json()) as LiveJob
let delivered = 0
let sent = 0
let finished = 0
let ended = false
const startedAt: number[] = []
const times: number[] = []

function onFrames(frames: number): void {
  delivered += frames
  while (delivered >= (finished + 1) * job.sockets) {
    times.push(performance.now() - startedAt[finished]!)
    finished += 1
    next()
  }
}

function next(): void {
  if (ended || sent - finished >= job.inFlight) return
  startedAt[sent++] = performance.now()
  fetch(`http://127.0.0.1:${job.port}/send`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${job.authorToken}`, 'Content-Type': 'application/json' },
    body: job.body,
  })
    .then((response) => {
      if (response.status !== 201) throw new Error(`/send answered ${response.status}`)
      return response.arrayBuffer()
    })
    .catch((problem) => {
      console.error(problem)
      process.exit(1)
    })
}

const sample = Promise.withResolvers<string>()
for (let i = 0; i < job.sockets; i++) {
  let skip = 1
  const count = (frames: number) => {
    const taken = Math.min(skip, frames)
    skip -= taken
    onFrames(frames - taken)
  }
  // The first socket decodes its frames, so that one can be looked at.
  const socket = await openSocket(
    job.port,
    (text) => {
      if (text.includes('"event":"message"') || (job.tokens.length === 0 && skip === 0)) sample.resolve(text)
      count(1)
    },
    i === 0 ? undefined : count,
  )
  socket.send(JSON.stringify({ op: 'hello', token: job.tokens[i] ?? 'none' }))
  await socket.first
}
for (let i = 0; i < job.inFlight; i++) next()
const frame = await sample.promise
await Bun.sleep(job.warmUpSeconds * 1000)
const [deliveredBefore, finishedBefore] = [delivered, finished]
const began = performance.now()
await Bun.sleep(job.seconds * 1000)
const elapsed = (performance.now() - began) / 1000
ended = true
const measured = times.slice(finishedBefore).sort((a, b) => a - b)
const outcome: LiveOutcome = {
  deliveriesPerSecond: (delivered - deliveredBefore) / elapsed,
  messages: finished - finishedBefore,
  p50Ms: measured[measured.length >> 1] ?? 0,
  p99Ms: measured[Math.floor(measured.length * 0.99)] ?? 0,
  frame,
}
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
