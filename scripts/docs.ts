/**
 * Writes what the docs derive from the code: the table of options into docs/OPERATIONS.md, the measured figures of
 * bench/results/ into docs/BENCHMARKS.md. `--check` only says whether they are as they should be (a test does so too).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { benchmarksTable, optionsTable, withTable } from './docs-tables.ts'

const root = resolve(import.meta.dir, '..')
const check = process.argv.includes('--check')
let stale = 0
for (const [file, name, table] of [
  ['docs/OPERATIONS.md', 'options', optionsTable()],
  ['docs/BENCHMARKS.md', 'figures', benchmarksTable(join(root, 'bench/results'))],
] as const) {
  const path = join(root, file)
  const text = readFileSync(path, 'utf8')
  const wanted = withTable(text, name, table)
  if (text === wanted) continue
  stale += 1
  if (check) console.error(`${file} is stale: run \`sh scripts/run.sh scripts/docs.ts\``)
  else {
    writeFileSync(path, wanted)
    console.log(`${file} written`)
  }
}
process.exitCode = check && stale > 0 ? 1 : 0
