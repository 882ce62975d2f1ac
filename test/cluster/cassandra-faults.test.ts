import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { silentLog } from '../../src/core/log.ts'
import { Refusal } from '../../src/core/refusal.ts'
import { type Cassandra, statement } from '../../src/engines/cluster/cassandra/client.ts'
import { connectCassandra } from '../../src/engines/cluster/cassandra/connect.ts'
import { createCassandraIdempotency } from '../../src/engines/cluster/cassandra/idempotency.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { newJob } from '../../src/ports/support.contract.ts'
import { until } from '../until.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf, testCassandra } from './cassandra.ts'
import { createProxy, type TcpProxy } from './proxy.ts'

const tables = ['CREATE TABLE IF NOT EXISTS things (id bigint PRIMARY KEY, word text)', ...tablesOf(baseTables, 'idem')]
const one = statement<{ word?: string }>('SELECT word FROM things WHERE id = ?')
const insert = statement('INSERT INTO things (id, word) VALUES (?, ?)')
const claim = statement<{ word?: string }>('INSERT INTO things (id, word) VALUES (?, ?) IF NOT EXISTS')

describe('Cassandra behind a network that fails', () => {
  const keyspace = newKeyspace()
  let direct: Cassandra
  let proxy: TcpProxy
  let db: Cassandra
  let lastId = 0

  beforeAll(async () => {
    direct = (await openKeyspace(keyspace, { tables })).db
    const { hosts, port } = testCassandra()
    proxy = createProxy(hosts[0]!, port)
    db = await connectCassandra({
      settings: { hosts: ['127.0.0.1'], port: proxy.port },
      keyspace,
      dataCenter: 'datacenter1',
      clock: systemClock,
      log: silentLog,
    })
    // Every statement is prepared before something fails.
    await db.write(insert, [0, 'x'])
    await db.one(one, [0], 'serial')
    await db.lwt(claim, [0, 'y'], look(0, 'y'))
    const keys = createCassandraIdempotency({ db })
    const job = newJob(1)
    await keys.claim(1, 'first', job, Date.now())
    await keys.finish(1, 'first', job.id)
  })
  afterEach(async () => {
    proxy.release()
    await until(
      () =>
        db.one(one, [0]).then(
          () => true,
          () => false,
        ),
      10_000,
      'a read answered',
    )
  })
  afterAll(async () => {
    await db.close()
    proxy.close()
    await direct.close()
    await dropKeyspace(keyspace)
  })

  const look = (id: number, word: string) => ({
    read: one,
    values: [id],
    mine: (row: { word?: string } | undefined) => row?.word === word,
  })

  async function refusal(call: Promise<unknown>): Promise<{ refusal: Refusal; ms: number }> {
    const began = performance.now()
    try {
      await call
    } catch (error) {
      expect(error).toBeInstanceOf(Refusal)
      return { refusal: error as Refusal, ms: performance.now() - began }
    }
    throw new Error('answered')
  }

  test('[C1] a call that is not answered is refused in two seconds, as unavailable, to be tried again', async () => {
    proxy.hold()
    const answers = await Promise.all([refusal(db.one(one, [0])), refusal(db.write(insert, [++lastId, 'w']))])
    for (const { refusal, ms } of answers) {
      expect(refusal).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
      expect(refusal.message).not.toContain('127.0.0.1')
      expect(ms).toBeGreaterThan(1_500)
      expect(ms).toBeLessThan(3_000)
    }
  })

  test('[C3] a compare-and-set whose answer comes too late is found applied by a serial read', async () => {
    const id = ++lastId
    proxy.hold()
    const claimed = db.lwt(claim, [id, 'mine'], look(id, 'mine'))
    await until(() => direct.one(one, [id], 'serial').then((row) => row?.word === 'mine'), 5_000, 'it is applied')
    const failed = db.stats().calls.lwt.failed
    await until(() => db.stats().calls.lwt.failed > failed, 5_000, 'its time is over')
    proxy.release()
    expect(await claimed).toEqual({ applied: true })
  })

  test('[C3] one whose connection broke is found applied, or not, once there is another', async () => {
    const [mine, other] = [++lastId, ++lastId]
    await direct.write(insert, [other, 'theirs'])
    proxy.hold()
    const calls = [
      db.lwt(claim, [mine, 'mine'], look(mine, 'mine')),
      db.lwt(claim, [other, 'mine'], look(other, 'mine')),
    ]
    await until(() => direct.one(one, [mine], 'serial').then((row) => row !== undefined), 5_000, 'it is applied')
    proxy.cut()
    proxy.release()
    expect(await Promise.all(calls)).toEqual([
      { applied: true },
      { applied: false, row: { id: other, word: 'theirs' } as object },
    ])
  })

  test('[C3] one whose outcome stays unknown is refused within six seconds', async () => {
    const id = ++lastId
    proxy.hold()
    const { refusal: refused, ms } = await refusal(db.lwt(claim, [id, 'mine'], look(id, 'mine')))
    expect(refused.code).toBe('unavailable')
    expect(ms).toBeLessThan(6_500)
  })

  test('[K1] [K3] an idempotency key whose claim was answered too late is still this call’s own', async () => {
    const keys = createCassandraIdempotency({ db })
    const job = newJob(7)
    const failed = db.stats().calls.lwt.failed
    proxy.hold()
    const claimed = keys.claim(7, 'key', job, Date.now())
    await until(() => db.stats().calls.lwt.failed > failed, 5_000, 'its time is over')
    proxy.release()
    expect(await claimed).toEqual({ job, done: false, mine: true })
    proxy.hold()
    const finished = keys.finish(7, 'key', job.id)
    await until(() => db.stats().calls.lwt.failed > failed + 1, 5_000, 'its time is over')
    proxy.release()
    expect(await finished).toBe(true)
    expect(await createCassandraIdempotency({ db: direct }).claim(7, 'key', newJob(7), Date.now())).toMatchObject({
      job,
      done: true,
      mine: false,
    })
  })

  test('a database that is away is refused at once after a while, and found again when it is back', async () => {
    proxy.cut()
    await until(
      () =>
        db.one(one, [0]).then(
          () => false,
          () => db.stats().breaker !== 'closed',
        ),
      10_000,
      'the breaker opens',
    )
    const opened = db.stats().breakerOpened
    expect(opened).toBeGreaterThan(0)
    const { ms } = await refusal(Promise.all(Array.from({ length: 100 }, () => db.one(one, [0]))))
    expect(ms).toBeLessThan(500)
    proxy.release()
    await until(
      () =>
        db.one(one, [0]).then(
          () => true,
          () => false,
        ),
      10_000,
      'a read answered',
    )
    expect(db.stats().breaker).toBe('closed')
    expect(db.stats().inFlight).toBe(0)
  })
})
