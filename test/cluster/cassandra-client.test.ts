import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Cassandra, statement } from '../../src/engines/cluster/cassandra/client.ts'
import { dropKeyspace, newKeyspace, openKeyspace } from './cassandra.ts'

const tables = [
  'CREATE TABLE IF NOT EXISTS things (part bigint, id bigint, word text, small int, list list<bigint>, yes boolean, bytes blob, PRIMARY KEY (part, id))',
]
interface Thing {
  id: number
  word?: string
  small?: number
  list?: number[]
  yes?: boolean
  bytes?: Buffer
}
const insert = statement('INSERT INTO things (part, id, word, small, list, yes, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)')
const all = statement<Thing>('SELECT id, word, small, list, yes, bytes FROM things WHERE part = ?')
const one = statement<Thing>('SELECT id, word FROM things WHERE part = ? AND id = ?')
const words = statement<Thing>('SELECT id, word FROM things WHERE part = ?')
const claim = statement<Thing>('INSERT INTO things (part, id, word) VALUES (?, ?, ?) IF NOT EXISTS')
const swap = statement<Thing>('UPDATE things SET word = ? WHERE part = ? AND id = ? IF word = ?')

describe('Cassandra: calls', () => {
  const keyspace = newKeyspace()
  let db: Cassandra
  beforeAll(async () => {
    db = (await openKeyspace(keyspace, { tables })).db
  })
  afterAll(async () => {
    await db.close()
    await dropKeyspace(keyspace)
  })

  test('numbers go in and come out as numbers, up to the largest id; absence is undefined', async () => {
    const large = Number.MAX_SAFE_INTEGER
    await db.write(insert, [1, large, 'ä🐦', -5, [1, large], false, Buffer.of(0, 255)])
    await db.write(insert, [1, 2, undefined, undefined, undefined, undefined, undefined])
    const [empty, full] = await db.read(all, [1])
    expect(Object.values(empty!)).toEqual([2, undefined, undefined, undefined, undefined, undefined])
    expect(Object.values(full!)).toEqual([large, 'ä🐦', -5, [1, large], false, Buffer.of(0, 255)])
    expect(await db.one(one, [1, 3])).toBeUndefined()
  })

  test('a batch of one partition, results longer than an answer, and pages', async () => {
    for (let from = 0; from < 2_500; from += 250) {
      const rows = Array.from({ length: 250 }, (_, i) => from + i)
      await db.batch(rows.map((id) => [insert, [2, id, `w${id}`, 0, undefined, true, undefined]] as const))
    }
    expect(await db.read(all, [2])).toHaveLength(2_500)
    const seen: number[] = []
    let page: string | undefined
    do {
      const { rows, next } = await db.page(words, [2], 600, page)
      seen.push(...rows.map((row) => row.id))
      page = next
    } while (page !== undefined)
    expect(seen).toEqual(Array.from({ length: 2_500 }, (_, i) => i))
  })

  test('a compare-and-set says whether it was applied, and what is there instead', async () => {
    const look = (mine: string) => ({ read: one, values: [3, 1], mine: (row?: Thing) => row?.word === mine })
    expect(await db.lwt(claim, [3, 1, 'first'], look('first'))).toEqual({ applied: true })
    const again = await db.lwt(claim, [3, 1, 'second'], look('second'))
    expect(again).toMatchObject({ applied: false, row: { id: 1, word: 'first' } })
    expect(await db.lwt(swap, ['third', 3, 1, 'first'], look('third'))).toEqual({ applied: true })
    const missed = await db.lwt(swap, ['fourth', 3, 1, 'first'], look('fourth'))
    expect(missed.applied === false && missed.row).toEqual({ word: 'third' } as Thing)
    const absent = await db.lwt(swap, ['x', 3, 99, 'y'], { read: one, values: [3, 99], mine: () => false })
    expect(absent).toEqual({ applied: false, row: undefined })
  })

  test('of many at once exactly one is applied', async () => {
    const words = Array.from({ length: 20 }, (_, i) => `w${i}`)
    const outcomes = await Promise.all(
      words.map((word) =>
        db.lwt(claim, [4, 1, word], { read: one, values: [4, 1], mine: (row) => row?.word === word }),
      ),
    )
    expect(outcomes.filter((outcome) => outcome.applied)).toHaveLength(1)
    const winner = words[outcomes.findIndex((outcome) => outcome.applied)]
    expect((await db.one(one, [4, 1], 'serial'))?.word).toBe(winner!)
  })

  test('a statement that is wrong is a bug, not a refusal', async () => {
    expect(db.read(statement('SELECT nothing FROM nowhere'), [])).rejects.toThrow(/nowhere/)
  })

  test('figures count calls and time', async () => {
    const { read } = db.stats().calls
    const before = { ...read }
    await db.one(one, [1, 1])
    expect(read.calls).toBe(before.calls + 1)
    expect(read.milliseconds).toBeGreaterThan(before.milliseconds)
    expect(db.stats()).toMatchObject({ inFlight: 0, waiting: 0, breaker: 'closed' })
  })
})
