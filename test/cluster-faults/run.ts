/**
 * Every fault of a cluster under a steady load, each also hung and three rolling restarts, as a table:
 *
 *   sh scripts/run.sh test/cluster-faults/run.ts [--write docs/FAULTS.md] [--only WORD]
 *
 * `npm run test:cluster` has the same faults with fewer rounds, and fails where a bound is not kept.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { until } from '../until.ts'
import { bounds, type FaultRow, faultTable, lostIn, run, wrongs } from './fault-rows.ts'
import { allFaults, warmedUp } from './faults.ts'
import { errorsOf, openStage } from './stage.ts'

const { values } = parseArgs({ options: { write: { type: 'string' }, only: { type: 'string' } } })
const faults = allFaults(true).filter(({ name }) => values.only === undefined || name.includes(values.only))
const stage = await openStage()
const rows: FaultRow[] = []
try {
  await warmedUp(stage)
  for (const fault of faults) {
    rows.push(await run(fault, stage))
    console.error(fault.name)
  }
  const { ledger } = stage.load
  await stage.load.quiet()
  const complete = () => ledger.acknowledged.every(({ completeAt }) => completeAt !== undefined)
  await until(complete, bounds.caughtUp * 1_000, 'everything arriving').catch(() => {})
  const table = faultTable(rows, ledger)
  console.log(table)
  if (values.write !== undefined) writeFileSync(values.write, page(table))
  const lost = (row: FaultRow) => lostIn(row, ledger).map((what) => `lost: ${what}`)
  const found = rows.flatMap((row) => [...wrongs(row), ...lost(row)].map((what) => `${row.fault}: ${what}`))
  found.push(...stage.servers.flatMap(errorsOf))
  for (const what of found) console.error(what)
  process.exitCode = found.length > 0 ? 1 : 0
} finally {
  await stage.end()
}

function page(table: string): string {
  return `# What faults of a cluster cost

Made by \`sh scripts/run.sh test/cluster-faults/run.ts --write docs/FAULTS.md\` on ${availableParallelism()} cores that three Cassandra nodes, Redis,
three NATS servers, two processes of Rookery and the load itself shared; \`npm run test:cluster\` tries the same each time.

The load: 20 authors, each with a post every half second and an \`Idempotency-Key\`, a refused or failed try made again at the
other gateway; 40 readers, 36 on sockets that fall every 36 s and come back elsewhere with their cursor, four that poll with
\`since\`, at the two gateways in turn; two of the authors are hot; likes, some taken back.

${table}
- *failed requests*: errors that trying again elsewhere with the same key did not cure, and answers that took over 10 s.
- *longest gap*: the longest time in which no post at all was acknowledged.
- *lost*: posts that were acknowledged and not given to each follower by the end. *Order broken*: given after a later one of
  the same author. Both must be 0.
- *repeated*: given twice on one connection, or in one chain of \`since\`. Only after a fault of Redis: what is not below the
  watermark yet (some 15 s of posts) comes once more out of the outboxes, and clients drop the ids they hold.
- *live again after*: from when the fault was over until every post reached all its followers within 3 s of its
  acknowledgement, and went on so; at most ${bounds.live} s. *All caught up after*: until the last post acknowledged during the fault had
  reached everybody; at most ${bounds.caughtUp} s. A node that joins breaks nothing: what is promised is that no request fails.
  Here it shares two full cores with all the others while its code is compiled.
`
}
