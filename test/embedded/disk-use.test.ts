import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { examine } from '../../src/cli/doctor.ts'
import { defaultConfig } from '../../src/config.ts'
import { readDiskUse } from '../../src/engines/embedded/disk-use.ts'
import { openEmbedded } from '../../src/engines/embedded/index.ts'
import { migrate } from '../../src/engines/embedded/schema.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'
import { memoryBytes, message } from './support.ts'

test('disk use by kind is all of the file, in /metrics and in doctor', async () => {
  const folder = temporaryFolder()
  const engine = await openEmbedded({ data: folder.path, memoryBytes })
  for (let id = 1; id <= 500; id++) await engine.messages.store({ ...message(id, 1), body: 'x'.repeat(4_000) })
  await engine.close()

  const use = await readDiskUse(folder.path)
  const sum = Object.entries(use).reduce((all, [kind, bytes]) => all + (kind === 'log' ? 0 : bytes), 0)
  expect(sum).toBe(statSync(join(folder.path, 'rookery.db')).size)
  expect(use.messages).toBeGreaterThan(2_000_000)
  expect(use.outboxes).toBeLessThan(200_000)

  const server = new ServerProcess(folder.path)
  await server.start()
  const metrics = async () => (await fetch(`${server.address}/metrics`)).text()
  await until(async () => (await metrics()).includes(`rookery_disk_bytes{kind="messages"} ${use.messages}`))
  expect(Number(/^rookery_disk_free_bytes (\S+)$/m.exec(await metrics())![1])).toBeGreaterThan(0)
  const checks = await examine({ ...defaultConfig, data: folder.path }, {})
  expect(checks.find(({ name }) => name === 'disk use')!.says).toContain(': messages 2.')
  await server.end('SIGTERM')
  folder.remove()
})

test('every table but the smallest has its kind', async () => {
  const folder = temporaryFolder()
  const db = new Database(join(folder.path, 'rookery.db'), { create: true })
  migrate(db)
  db.run("INSERT INTO meta (key, value) VALUES ('installation', 1)")
  db.close()
  const { other } = await readDiskUse(folder.path)
  // sqlite_schema, sqlite_sequence, meta, idempotency and hot with their indexes.
  expect(other).toBeLessThanOrEqual(9 * 4_096)
  folder.remove()
})
