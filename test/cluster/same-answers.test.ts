import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { accounts } from './same-accounts.ts'
import { boosts } from './same-boosts.ts'
import { community } from './same-community.ts'
import { live } from './same-live.ts'
import { messages } from './same-messages.ts'
import { type Early, leaving, openEarly, operations } from './same-operations.ts'
import { Pair } from './same-pair.ts'
import { people } from './same-people.ts'
import { random } from './same-random.ts'
import { refusals } from './same-refusals.ts'

/** Every row of API.md that works on the embedded engine works on the cluster, and answers the same. */
describe('one server on the embedded engine and two gateways of a cluster answer the same', () => {
  const pair = new Pair()
  /** Opened at first, because pings and the end of patience take their time. */
  let early: Promise<Early>
  beforeAll(async () => {
    await pair.start()
    early = openEarly(pair)
    await early
  }, 120_000)
  afterAll(() => pair.end(), 60_000)

  describe('accounts and the graph', () => accounts(pair))
  describe('who is hidden from whom', () => people(pair))
  describe('messages', () => messages(pair))
  describe('boosts and replies', () => boosts(pair))
  describe('a community', () => community(pair))
  describe('the socket', () => live(pair))
  describe('bad input', () => refusals(pair))
  describe('chance', () => random(pair))
  describe('operations', () => operations(pair))
  describe('leaving', () => leaving(pair, () => early))

  test('nothing was logged as a mistake of ours', () => {
    const lines = pair.sides.flatMap(({ servers }) => servers.flatMap(({ errors }) => errors.split('\n')))
    expect(lines.filter((line) => /"level":[56]0/.test(line))).toEqual([])
  })
})
