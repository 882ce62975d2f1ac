/** Likes on a cluster, beside the driver doing the same statements. Job on standard input: a `LikeJob`; prints a `LikeOutcome`. */
import { idAt } from '../../src/core/ids.ts'
import { dirtyLifeSeconds, dirtyParts } from '../../src/core/limits.ts'
import { bucketOf, shardOf } from '../../src/engines/cluster/cassandra/likes.ts'
import { openCluster } from '../../src/engines/cluster/index.ts'
import { seeded } from '../population.ts'
import { type BenchInstallation, bareClient, clusterOptions } from './engines.ts'
import { ratePerSecond } from './rate.ts'

export interface LikeJob {
  readonly installation: BenchInstallation
  readonly seconds: number
  readonly rounds: number
  readonly inFlight: number
  readonly users: number
  readonly messages: number
}

export interface LikeOutcome {
  /** Likes a second. */
  readonly ours: number[]
  readonly bare: number[]
}

const { installation, seconds, rounds, inFlight, users, messages } = (await Bun.stdin.json()) as LikeJob
const engine = await openCluster(clusterOptions(installation))
const client = await bareClient(installation)
const first = idAt(Date.now())

/** Each pair of a user and one of `messages` once, in a random order. */
function pairs(seed: number, firstMessage: number): () => [number, number] {
  const random = seeded(seed)
  const left = Float64Array.from({ length: users * messages }, (_, i) => i)
  let used = 0
  return () => {
    if (used === left.length) throw new Error('every user has liked every message')
    const other = used + Math.floor(random() * (left.length - used))
    const pair = left[other]!
    left[other] = left[used]!
    used++
    return [first + (pair % users), firstMessage + Math.floor(pair / users)]
  }
}

const oursNext = pairs(3, first)
const liked = new Map<number, number>()
async function ours(): Promise<void> {
  const [user, message] = oursNext()
  await engine.likes.like(user, message)
  liked.set(message, (liked.get(message) ?? 0) + 1)
}

const cql = {
  edge: 'SELECT liked, WRITETIME(liked) AS at FROM likes_user WHERE user_id = ? AND bucket = ? AND msg_id = ?',
  mark: `INSERT INTO dirty (minute, part, at, kind, id, shard) VALUES (?, ?, ?, ?, ?, ?) USING TTL ${dirtyLifeSeconds}`,
  liker: 'INSERT INTO likes_msg (msg_id, shard, user_id) VALUES (?, ?, ?) USING TIMESTAMP ?',
  written: 'SELECT WRITETIME(n) AS at FROM like_counts WHERE msg_id = ? AND shard = ?',
  count: 'SELECT count(*) AS n FROM likes_msg WHERE msg_id = ? AND shard = ?',
  save: 'INSERT INTO like_counts (msg_id, shard, n) VALUES (?, ?, ?) USING TIMESTAMP ?',
  sum: 'SELECT msg_id, sum(n) AS n FROM like_counts WHERE msg_id IN ? GROUP BY msg_id',
  liked: 'UPDATE likes_user USING TIMESTAMP ? SET liked = true WHERE user_id = ? AND bucket = ? AND msg_id = ?',
}
const bareNext = pairs(5, first + messages)

async function counted(message: number, shard: number, at: number): Promise<void> {
  await client.execute(cql.written, [message, shard])
  const { rows } = await client.execute(cql.count, [message, shard])
  await client.execute(cql.save, [message, shard, rows[0]!.get('n').toNumber(), at])
  await client.execute(cql.sum, [[message]])
}

async function bare(): Promise<void> {
  const [user, message] = bareNext()
  const [now, shard, bucket] = [Date.now(), shardOf(user), bucketOf(message)]
  const at = now * 1_000 + 1
  await client.execute(cql.edge, [user, bucket, message])
  await client.execute(cql.mark, [Math.floor(now / 60_000), shard % dirtyParts, now, 'likes', message, shard])
  await client.execute(cql.liker, [message, shard, user, at])
  await Promise.all([counted(message, shard, at), client.execute(cql.liked, [at, user, bucket, message])])
}

const outcome: LikeOutcome = { ours: [], bare: [] }
await Promise.all(Array.from({ length: inFlight }, ours))
await Promise.all(Array.from({ length: inFlight }, bare))
for (let round = 0; round < rounds; round++) {
  outcome.ours.push(await ratePerSecond(inFlight, seconds, ours))
  outcome.bare.push(await ratePerSecond(inFlight, seconds, bare))
}
// Counts are exact once writes stop, as far as they are of one process.
const ids = [...liked.keys()]
for (let from = 0; from < ids.length; from += 100) {
  const some = ids.slice(from, from + 100)
  const counts = await Promise.all(some.map((id) => engine.likes.unlike(first - 1, id)))
  const wrong = some.find((id, i) => counts[i] !== liked.get(id))
  if (wrong !== undefined) throw new Error(`message ${wrong} has ${liked.get(wrong)} likes, and another count`)
}
await client.shutdown()
await engine.close()
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
