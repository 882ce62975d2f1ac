import { expect, test } from 'bun:test'
import { askCassandra } from '../../src/cli/cluster/ask-cassandra.ts'
import { askNats } from '../../src/cli/cluster/ask-nats.ts'
import { askRedis } from '../../src/cli/cluster/ask-redis.ts'
import { testEngines } from './engines.ts'

const engines = await testEngines()
const place = (address: string) => {
  const [host, port] = address.split(':')
  return { host: host!, port: Number(port) }
}

test('the engines of a test run answer, with the settings without which data is lost', async () => {
  const ring = await askCassandra(place(engines.cassandra))
  expect(ring.map((node) => node.version)).toEqual([expect.stringMatching(/^5\./)])
  const redis = await askRedis(place(engines.redis))
  expect(Number.parseInt(redis.version, 10)).toBeGreaterThanOrEqual(7)
  const { host, port } = place(engines.natsMonitor)
  const nats = await askNats({ host, monitor: port })
  expect(nats).toMatchObject({ healthy: true, syncAlways: true, servers: 1 })
})
