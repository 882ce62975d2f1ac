import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plan } from '../../src/cli/plan/model.ts'
import { oneSentence, rookeryEnds } from './process.ts'

const root = resolve(import.meta.dir, '../..')

async function planFor(...options: string[]): Promise<Plan> {
  const { status, out, errors } = await rookeryEnds('plan', '--json', ...options)
  expect([status, errors]).toEqual([0, ''])
  return JSON.parse(out) as Plan
}
const nodesOf = ({ nodes }: Plan) => Object.fromEntries(nodes.map(({ engine, nodes }) => [engine, nodes]))

test('without options it is for the load that Rookery is made for, from the saved figures', async () => {
  const { load, messagesPerSecond, deliveriesPerSecond, disk, figures, embedded, ...made } = await planFor()
  expect(load).toMatchObject({ users: 1_000_000, postsPerUserHour: 10, requestsPerSecond: 200_000 })
  expect(messagesPerSecond).toBeCloseTo(2_778, 0)
  expect(deliveriesPerSecond).toBeCloseTo(277_778, 0)
  expect(disk.bytesAYear / 1e12).toBeWithin(595, 605)
  expect(disk.bytesOnNodes).toBeGreaterThan(3 * disk.bytesKept)
  expect(made.nodes.map(({ engine }) => engine)).toEqual(['Cassandra', 'Redis', 'NATS', 'Rookery'])
  for (const { nodes, because } of made.nodes) {
    expect(nodes).toBeGreaterThanOrEqual(2)
    expect(because).not.toBe('')
  }
  expect(embedded.enough).toBe(false)
  expect(figures.length).toBeGreaterThan(4)
  for (const { file, value } of figures) {
    expect(existsSync(join(root, file))).toBe(true)
    expect(value).toBeGreaterThan(0)
  }
})

test('nodes follow the load: disk, work and readers each their own engine', async () => {
  const little = await planFor('--users', '1000', '--requests', '100')
  expect(nodesOf(little)).toEqual({ Cassandra: 3, Redis: 2, NATS: 3, Rookery: 2 })
  expect(little.embedded.enough).toBe(true)
  const plan = await planFor()
  const longer = nodesOf(await planFor('--keep-days', '730'))
  expect(longer.Cassandra! / nodesOf(plan).Cassandra!).toBeCloseTo(2, 1)
  expect(longer.Rookery).toBe(nodesOf(plan).Rookery!)
  const read = nodesOf(await planFor('--requests', '2000000'))
  expect(read.Rookery!).toBeGreaterThan(2 * nodesOf(plan).Rookery!)
  expect(read.Cassandra).toBe(nodesOf(plan).Cassandra!)
  const followed = nodesOf(await planFor('--followees', '1000'))
  expect(followed.Redis!).toBeGreaterThan(nodesOf(plan).Redis!)
  const nothing = await planFor('--posts-per-user-hour', '0', '--requests', '0', '--message-bytes', '250')
  expect(nodesOf(nothing)).toMatchObject({ Cassandra: 3, NATS: 3, Rookery: 2 })
})

test('for people it says nodes, disk, network, what it assumes and which figures it went by', async () => {
  const { status, out } = await rookeryEnds('plan')
  expect(status).toBe(0)
  expect(out).toContain(
    '1,000,000 users, 2,780 messages/s of 6.85 kB, 278,000 deliveries/s, 200,000 requests/s, kept 365 days',
  )
  for (const word of ['Cassandra', 'Redis', 'NATS', 'Rookery'])
    expect(out).toMatch(new RegExp(`^${word} +[0-9,]+ `, 'm'))
  expect(out).toContain('600 TB of text a year')
  expect(out).toContain('It assumes:\n- ')
  expect(out).toContain('bench/results/cluster-publish.json')
  expect(out).not.toMatch(/NaN|Infinity|undefined/)
})

test('its help names every option; wrong ones are refused in one sentence', async () => {
  const { out, status } = await rookeryEnds('plan', '--help')
  expect(status).toBe(0)
  for (const option of ['--users', '--posts-per-user-hour', '--requests', '--message-bytes', '--node-disk', '--json']) {
    expect(out).toContain(option)
  }
  const wrong = await rookeryEnds('plan', '--users', 'many')
  expect([wrong.status, wrong.out]).toEqual([2, ''])
  expect(wrong.errors).toMatch(oneSentence)
})
