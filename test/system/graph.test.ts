import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runGraph } from './graph.ts'

/** The folder of the real follow graphs: never copied into the repository, found by `ROOKERY_GRAPHS`. */
const graphs = process.env.ROOKERY_GRAPHS ?? join(import.meta.dir, '..', '..', '..', 'shared', 'data')
const reed = join(graphs, 'reed98.edges')
const higgs = join(graphs, 'higgs-part.edges.gz')

function whereIs(path: string) {
  if (existsSync(path)) return test
  console.error(`SKIPPED: the follow graph ${path} is missing; name its folder in ROOKERY_GRAPHS`)
  return test.skip
}

whereIs(reed)(
  'reed98 (socfb-Reed98: Traud, Mucha, Porter 2012): every timeline is what graph and messages say',
  async () => {
    const report = await runGraph({ edges: reed, messages: 1_500, live: 60, hotFollowers: 60 })
    expect(report).toMatchObject({ users: 962, edges: 18_812, timelines: 962 + 120 })
    expect(report.hotAuthors).toBeGreaterThan(10)
  },
  120_000,
)

whereIs(higgs)(
  'higgs-part (De Domenico et al. 2013, SNAP): 76,851 users, hot and large authors among them',
  async () => {
    const report = await runGraph({ edges: higgs, messages: 2_000, live: 80, compared: 2_000, hotFollowers: 400 })
    // 355,074 lines, 14 of them repeats or self-follows.
    expect(report).toMatchObject({ users: 76_851, edges: 355_060 })
    expect(report.entries).toBeGreaterThan(10_000)
    expect(report.hotAuthors).toBeGreaterThan(10)
  },
  120_000,
)
