import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { bounds, type FaultRow, faultTable, lostIn, run, wrongs } from '../cluster-faults/fault-rows.ts'
import { allFaults, type Stage, warmedUp } from '../cluster-faults/faults.ts'
import { loseMajority } from '../cluster-faults/majority.ts'
import { errorsOf, openStage } from '../cluster-faults/stage.ts'
import { until } from '../until.ts'

let stage: Stage & { end(): Promise<void> }
const rows: FaultRow[] = []

beforeAll(async () => {
  stage = await openStage()
  await warmedUp(stage)
}, 600_000)
afterAll(() => stage?.end())

describe('under a steady load of 40 posts a second', () => {
  test.each(allFaults(false).map((fault) => [fault.name, fault] as const))(
    '%s',
    async (_, fault) => {
      const row = await run(fault, stage)
      rows.push(row)
      expect(wrongs(row)).toEqual([])
    },
    600_000,
  )

  test('nothing acknowledged is lost, and all likes are counted', async () => {
    const { ledger } = stage.load
    await stage.load.quiet()
    const missing = () => ledger.acknowledged.filter(({ completeAt }) => completeAt === undefined)
    await until(() => missing().length === 0, bounds.caughtUp * 1_000, 'everything arriving').catch(() => {})
    console.error(`\n${faultTable(rows, ledger)}`)
    expect(rows.flatMap((row) => lostIn(row, ledger))).toEqual([])
    expect(missing()).toEqual([])
    expect(ledger.troubles.filter(({ kind }) => kind === 'failed' || kind === 'disorder')).toEqual([])
    await until(async () => (await stage.load.wrongCounts()).length === 0, 10_000, 'counts').catch(() => {})
    expect(await stage.load.wrongCounts()).toEqual([])
    // What nobody expected is logged as an error.
    expect(stage.servers.flatMap(errorsOf)).toEqual([])
  }, 120_000)
})

test('the majority of Cassandra lost: nothing is acknowledged, nothing hangs, and all comes back by itself', async () => {
  await loseMajority(stage)
}, 400_000)
