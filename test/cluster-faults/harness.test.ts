import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { askCassandra } from '../../src/cli/cluster/ask-cassandra.ts'
import { askNats } from '../../src/cli/cluster/ask-nats.ts'
import { askRedis } from '../../src/cli/cluster/ask-redis.ts'
import { isAlive } from '../../src/cli/cluster/os-process.ts'
import { until } from '../until.ts'
import { type FaultCluster, startFaultCluster } from './harness.ts'

let cluster: FaultCluster
beforeAll(async () => {
  cluster = await startFaultCluster()
}, 400_000)
afterAll(() => cluster.end())

const node = (name: string) => cluster.nodes().find((one) => one.name === name)!

test('a killed Cassandra node is gone while the others answer, and serves again with its place in the ring', async () => {
  const before = await askCassandra(node('cassandra-2'))
  await cluster.kill('cassandra-2')
  expect(isAlive(node('cassandra-2').process!)).toBe(false)
  await expect(askCassandra(node('cassandra-2'))).rejects.toThrow()
  expect(await askCassandra(node('cassandra-1'))).toHaveLength(3)
  await cluster.start('cassandra-2')
  expect((await askCassandra(node('cassandra-2')))[0]!.tokens).toEqual(before[0]!.tokens)
})

test('a paused Redis answers nothing until it goes on', async () => {
  cluster.pause('redis')
  await expect(askRedis(node('redis'))).rejects.toThrow('does not answer')
  cluster.resume('redis')
  expect((await askRedis(node('redis'))).keys).toBe(0)
})

test('a NATS server that lost its data comes back into the cluster', async () => {
  expect(() => cluster.wipe('nats-1')).toThrow('still runs')
  await cluster.stop('nats-1')
  writeFileSync(join(node('nats-1').folder, 'data', 'mark'), '')
  cluster.wipe('nats-1')
  await cluster.start('nats-1')
  await until(async () => (await askNats(node('nats-1'))).servers === 3, 30_000, 'three servers')
  expect(await Bun.file(join(node('nats-1').folder, 'data', 'mark')).exists()).toBe(false)
})
