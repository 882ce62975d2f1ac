/**
 * The polling client: many sockets that each keep `depth` requests under way. Reads a `PollJob` as JSON from standard
 * input, prints a `PollOutcome`.
 */
import { frameOf, openSocket, type RawSocket } from './socket-client.ts'

export interface PollJob {
  readonly port: number
  /** One socket each. Empty: `frames` go to a server that knows no tokens. */
  readonly tokens: readonly string[]
  readonly frames: readonly string[]
  readonly depth: number
  readonly seconds: number
  readonly warmUpSeconds: number
}

export interface PollOutcome {
  readonly perSecond: number
  /** What each socket sent, for the bare limit to send too. */
  readonly frames: readonly string[]
  readonly answer: string
}

const job = (await Bun.stdin.json()) as PollJob
let answers = 0

async function open(token: string | undefined, given: string | undefined) {
  // Made here, once the first answers (to `hello` and to the first poll) have been read as text.
  let batches: Buffer[] | undefined
  let texts = 0
  const socket: RawSocket = await openSocket(
    job.port,
    () => {},
    (frames) => {
      texts += frames
      if (!batches) return
      answers += frames
      socket.sendFrames(batches[Math.min(frames, job.depth)]!)
    },
  )
  let frame = given
  if (token !== undefined) {
    socket.send(JSON.stringify({ op: 'hello', token }))
    const ready = JSON.parse(await socket.first) as { event: string; cursor: string }
    if (ready.event !== 'ready') throw new Error(`no ready: ${JSON.stringify(ready)}`)
    frame = JSON.stringify({ op: 'fetch', ref: 'p', since: ready.cursor })
  }
  const one = frameOf(frame!)
  return {
    frame: frame!,
    begin() {
      batches = Array.from({ length: job.depth + 1 }, (_, count) => Buffer.concat(Array(count).fill(one)))
      socket.sendFrames(batches[job.depth]!)
    },
    texts: () => texts,
  }
}

/** What the server answers to a poll, to see that it is the answer wanted. */
async function sampleAnswer(token: string | undefined, frame: string): Promise<string> {
  const frames: string[] = []
  const wanted = Promise.withResolvers<string>()
  const socket = await openSocket(job.port, (text) => {
    frames.push(text)
    if (frames.length === (token === undefined ? 1 : 2)) wanted.resolve(text)
  })
  if (token !== undefined) {
    socket.send(JSON.stringify({ op: 'hello', token }))
    await socket.first
  }
  socket.send(frame)
  const answer = await wanted.promise
  socket.close()
  return answer
}

const sockets = []
const count = Math.max(job.tokens.length, job.frames.length)
for (let i = 0; i < count; i++) sockets.push(await open(job.tokens[i], job.frames[i]))
const answer = await sampleAnswer(job.tokens[0], sockets[0]!.frame)
for (const socket of sockets) socket.begin()
await Bun.sleep(job.warmUpSeconds * 1000)
const before = answers
const began = performance.now()
await Bun.sleep(job.seconds * 1000)
const outcome: PollOutcome = {
  perSecond: (answers - before) / ((performance.now() - began) / 1000),
  frames: sockets.map((s) => s.frame),
  answer,
}
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
