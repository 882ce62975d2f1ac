import { describe, expect, test } from 'bun:test'
import type { Log } from '../../src/core/log.ts'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { connectAdmin } from '../../src/engines/cluster/cassandra/connect.ts'
import { createLikeCounts } from '../../src/engines/cluster/cassandra/like-counts.ts'
import { openCassandra } from '../../src/engines/cluster/cassandra/open.ts'
import { allTables, schemaVersion } from '../../src/engines/cluster/cassandra/schema.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { linkTables } from '../../src/engines/cluster/cassandra/schema-links.ts'
import { type CassandraSettings, readCassandra } from '../../src/engines/cluster/settings.ts'
import { EngineUnusable } from '../../src/engines/cluster/unusable.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { until } from '../until.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf, testCassandra } from './cassandra.ts'
import { createProxy } from './proxy.ts'

const tables = tablesOf(baseTables, 'tokens', 'leads')

/** What a start says when it fails. */
async function sentence(
  more: { settings?: CassandraSettings; keyspace?: string; replication?: number; allowUnsafe?: boolean } = {},
): Promise<string> {
  const { settings = testCassandra(), keyspace = 'never_made', replication = 1, allowUnsafe = false } = more
  const opened = openCassandra({
    settings,
    keyspace,
    replication,
    allowUnsafe,
    clock: systemClock,
    chance: systemChance,
    log: quiet,
    startMs: 300,
    tables,
  })
  const error = await opened.then(
    ({ db }) => db.close(),
    (error) => error,
  )
  expect(error).toBeInstanceOf(EngineUnusable)
  return (error as Error).message
}

const warned: string[] = []
const quiet: Log = { info() {}, warn: (_, line) => void warned.push(line), error() {}, fatal() {} }

describe('Cassandra: a start', () => {
  test('several at once make one schema, and name one installation', async () => {
    const keyspace = newKeyspace()
    const opened = await Promise.all(Array.from({ length: 5 }, () => openKeyspace(keyspace, { tables: allTables })))
    const keys = opened.map(({ cursorKey }) => cursorKey)
    expect(keys).toEqual(keys.map(() => keys[0]!))
    // Each can use every table at once.
    const [{ db }] = opened as [(typeof opened)[0]]
    const found = statement<{ table_name: string }>(
      'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?',
    )
    const names = (await db.read(found, [keyspace])).map((row) => row.table_name)
    expect(names).toHaveLength(allTables.length + 1)
    for (const other of opened) {
      for (const name of names) await other.db.read(statement(`SELECT * FROM ${name} LIMIT 1`), [])
    }
    const again = await openKeyspace(keyspace)
    expect(again.cursorKey).toEqual(keys[0]!)
    await Promise.all([...opened, again].map((each) => each.db.close()))
    await dropKeyspace(keyspace)
  })

  test('tables that are missing are made; a newer program’s schema is refused in one sentence', async () => {
    const keyspace = newKeyspace()
    const first = await openKeyspace(keyspace, { tables: tables.slice(0, 1) })
    await first.db.close()
    const { db, findings } = await openKeyspace(keyspace, { tables })
    expect(await db.read(statement('SELECT * FROM leads LIMIT 1'), [])).toEqual([])
    expect(findings.unsafe).toEqual([])
    await db.lwt(statement("UPDATE settings SET value = '99' WHERE name = 'schema' IF EXISTS"), [], {
      read: statement("SELECT value FROM settings WHERE name = 'schema'"),
      values: [],
      mine: () => true,
    })
    await db.close()
    expect(await sentence({ keyspace })).toBe(
      `The keyspace ${keyspace} was written by a newer Rookery (schema 99, this one knows ${schemaVersion}): start that version.`,
    )
    await dropKeyspace(keyspace)
  })

  test('an installation of the version before gets the columns and tables that it lacks, also after a start that died', async () => {
    const keyspace = newKeyspace()
    const opened = await openKeyspace(keyspace)
    await opened.db.close()
    const admin = await connectAdmin(testCassandra(), systemClock)
    const before = [
      'ALTER TABLE K.outbox DROP link',
      'ALTER TABLE K.like_counts DROP boosts',
      ...linkTables.map((table) => `DROP TABLE K.${/EXISTS ([a-z_]+)/.exec(table)![1]}`),
      "UPDATE K.settings SET value = '1' WHERE name = 'schema' IF EXISTS",
      'INSERT INTO K.like_counts (msg_id, shard, n) VALUES (5, 7, 3)',
    ]
    for (const cql of before) await admin.client.execute(cql.replace('K.', `${keyspace}.`), [], { readTimeout: 90_000 })
    await admin.close()
    const { db } = await openKeyspace(keyspace)
    const counts = createLikeCounts({ db, clock: systemClock })
    expect(await counts.many([5])).toEqual([{ likes: 3, boosts: 0, replies: 0 }])
    for (const table of ['replies', 'boosts_user']) await db.read(statement(`SELECT * FROM ${table} LIMIT 1`), [])
    expect(await db.read(statement('SELECT link FROM outbox LIMIT 1'), [])).toEqual([])
    await db.close()
    await dropKeyspace(keyspace)
  })

  test('an installation of the version before is brought to this one, with what it holds', async () => {
    const keyspace = newKeyspace()
    const { db } = await openKeyspace(keyspace, { tables: allTables })
    const write = (cql: string) => db.write(statement(cql), [])
    await write('INSERT INTO following (follower, followee, level) VALUES (1, 2, 0)')
    // As version 1 left it.
    await write('ALTER TABLE following DROP hides')
    await write('ALTER TABLE idem DROP finished_id')
    await write('DROP TABLE hides')
    await write('DROP TABLE withdrawn')
    await write('DROP INDEX tokens_by_user')
    await db.lwt(statement("UPDATE settings SET value = '1' WHERE name = 'schema' IF EXISTS"), [], {
      read: statement("SELECT value FROM settings WHERE name = 'schema'"),
      values: [],
      mine: () => true,
    })
    await db.close()
    const again = await openKeyspace(keyspace, { tables: allTables })
    const rows = await again.db.read(statement<object>('SELECT followee, hides FROM following WHERE follower = 1'), [])
    expect(rows).toEqual([{ followee: 2, hides: undefined }])
    await again.db.read(statement('SELECT finished_id FROM idem LIMIT 1'), [])
    for (const cql of ['SELECT * FROM hides', 'SELECT * FROM withdrawn', 'SELECT * FROM tokens WHERE user_id = 1']) {
      expect(await again.db.read(statement(cql), [])).toEqual([])
    }
    await again.db.close()
    await dropKeyspace(keyspace)
  })

  test('a lock that another start holds is waited for', async () => {
    const keyspace = newKeyspace()
    const { db } = await openKeyspace(keyspace, { tables: tables.slice(0, 1) })
    const settings = statement<{ value: string }>("SELECT value FROM settings WHERE name = 'schema_lock'")
    const look = { read: settings, values: [], mine: () => true }
    const insert = "INSERT INTO settings (name, value) VALUES ('schema_lock', 'other') IF NOT EXISTS USING TTL 2"
    await db.lwt(statement<{ value: string }>(insert), [], look)
    const began = performance.now()
    const second = await openKeyspace(keyspace, { tables })
    expect(performance.now() - began).toBeGreaterThan(1_000)
    expect(await second.db.read(statement('SELECT * FROM leads LIMIT 1'), [])).toEqual([])
    await Promise.all([db.close(), second.db.close()])
    await dropKeyspace(keyspace)
  })

  test('one node is not enough for three replicas, and says what would be', async () => {
    const said = await sentence({ replication: 3 })
    expect(said).toMatch(/^Cassandra has one node for --replication 3\. .*--replication 1/)
    expect(await sentence({ replication: 3, allowUnsafe: true })).toBe(said)
  }, 30_000)

  test('a single node says what that means; a group commit log has nothing to say', async () => {
    const keyspace = newKeyspace()
    warned.length = 0
    const { db } = await openCassandra({
      settings: testCassandra(),
      keyspace,
      replication: 1,
      allowUnsafe: false,
      clock: systemClock,
      chance: systemChance,
      log: quiet,
      tables,
    })
    expect(warned.filter((line) => /--replication 1/.test(line))).toHaveLength(1)
    expect(warned.filter((line) => /commitlog_sync/.test(line))).toEqual([])
    await db.close()
    await dropKeyspace(keyspace)
  })

  test('a clock that differs by more than a second is refused', async () => {
    const keyspace = newKeyspace()
    for (const [ms, word] of [
      [3_000, 'behind'],
      [-3_000, 'ahead of'],
    ] as const) {
      const opened = openCassandra({
        settings: testCassandra(),
        keyspace,
        replication: 1,
        allowUnsafe: false,
        clock: { now: () => Date.now() + ms, sleep: systemClock.sleep },
        chance: systemChance,
        log: quiet,
        tables,
      })
      const error = await opened.catch((error) => error)
      expect(error).toBeInstanceOf(EngineUnusable)
      expect((error as Error).message).toMatch(
        new RegExp(`^The clock of Cassandra node \\S+ is [23]\\.\\d s ${word} this`),
      )
    }
  })

  test('nobody there, somebody who never answers, TLS where there is none: one sentence, without secrets', async () => {
    const closed = await sentence({ settings: readCassandra('cassandra://u:sesame@127.0.0.1:1') })
    expect(closed).toMatch(/^No Cassandra node answered at 127\.0\.0\.1:1 within 0\.3 s: check --cassandra/)
    const mute = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
    const silent = await sentence({ settings: readCassandra(`cassandra://u:sesame@127.0.0.1:${mute.port}`) })
    expect(silent).toMatch(/^No Cassandra node answered/)
    mute.stop(true)
    const { hosts, port } = testCassandra()
    const encrypted = await sentence({ settings: readCassandra(`cassandra://u:sesame@${hosts[0]}:${port}/?tls=true`) })
    expect(encrypted).toMatch(/whether it speaks TLS there/)
    const lost = await sentence({ settings: readCassandra('no-such-host.invalid') })
    expect(lost).toMatch(/^No Cassandra node answered at no-such-host\.invalid:9042/)
    for (const said of [closed, silent, encrypted, lost]) {
      expect(said).not.toContain('sesame')
      expect(said).not.toContain('\n')
    }
  }, 60_000)

  test('a data centre that Cassandra does not have is refused with those it has', async () => {
    const { hosts, port } = testCassandra()
    const said = await sentence({ settings: { hosts, port, dataCenter: 'nowhere' } })
    expect(said).toBe('--cassandra names the data centre "nowhere", but Cassandra has datacenter1: correct dc=NAME.')
  })

  test('a node that comes a little later is waited for', async () => {
    const { hosts, port } = testCassandra()
    const proxy = createProxy(hosts[0]!, port)
    proxy.cut()
    const settings = { hosts: ['127.0.0.1'], port: proxy.port }
    const admin = connectAdmin(settings, systemClock, 10_000)
    await until(() => proxy.turnedAway > 1, 10_000, 'a second try')
    proxy.release()
    await (await admin).close()
    proxy.close()
  })
})
