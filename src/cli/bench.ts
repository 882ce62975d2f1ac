import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { type Figure, reaches, targetText } from '../../bench/figure.ts'
import { benchmarks } from '../../bench/index.ts'
import project from '../../package.json' with { type: 'json' }
import { compiled } from '../core/compiled.ts'
import { sizeText } from '../core/units.ts'
import { flag, Usage, whole } from '../options.ts'
import { type Form, readArguments } from './arguments.ts'

/** Stands for all benchmarks that need engines; without names, those run that need none. */
const onCluster = 'cluster'

const form = {
  name: 'bench',
  does: 'Runs the benchmarks, each beside its bare limit: the same work done plainly in the same run',
  positionals: ['[NAME…]'],
  own: {
    json: flag({ flag: 'json', help: 'print the figures as JSON' }),
    seconds: whole({ flag: 'seconds', help: 'length of one measurement' }, 3, 1, 600),
    rounds: whole({ flag: 'rounds', help: 'alternating rounds of ours and the bare limit' }, 3, 1, 100),
    percent: whole(
      { flag: 'percent', help: 'part of the full population; below 100 the figures only show that it runs' },
      100,
      1,
      100,
    ),
    save: flag({ flag: 'save', help: 'keep the figures in bench/results/, from which docs/BENCHMARKS.md is made' }),
  },
  shared: [],
  notes: `Benchmarks (\`cluster\` names all that need engines: those of ROOKERY_TEST_CASSANDRA, ROOKERY_TEST_REDIS and
ROOKERY_TEST_NATS, else new ones on this machine; without names all others run):
${benchmarks.map((b) => `  ${b.name.padEnd(16)}${b.what}\n                  beside: ${b.bare}`).join('\n')}`,
} satisfies Form<Record<string, ReturnType<typeof flag> | ReturnType<typeof whole>>>

/** What stands in bench/results/NAME.json, and with `--json` on standard output once a benchmark. */
export interface BenchmarkReport {
  readonly benchmark: string
  readonly what: string
  readonly bare: string
  readonly version: string
  readonly machine: string
  readonly date: string
  readonly tookSeconds: number
  readonly figures: readonly Figure[]
}

export async function benchCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const { own, positionals } = read
  if (compiled) {
    throw new Usage('`rookery bench` starts scripts of the source folder, which one file does not have: run it there.')
  }
  const unknown = positionals.filter((name) => name !== onCluster && !benchmarks.some((b) => b.name === name))
  if (unknown.length > 0) {
    throw new Usage(
      `There is no benchmark ${unknown.join(', ')}; there are ${benchmarks.map((b) => b.name).join(', ')}.`,
    )
  }
  const chosen = benchmarks.filter(
    (b) => positionals.includes(b.name) || (b.onEngines ? positionals.includes(onCluster) : positionals.length === 0),
  )
  const reports: BenchmarkReport[] = []
  for (const benchmark of chosen) {
    const began = performance.now()
    const say = (line: string) => process.stderr.write(`${benchmark.name}: ${line}\n`)
    const figures = await benchmark.run({
      seconds: own.seconds,
      rounds: own.rounds,
      scale: own.percent / 100,
      say,
    })
    const report: BenchmarkReport = {
      benchmark: benchmark.name,
      what: benchmark.what,
      bare: benchmark.bare,
      version: project.version,
      machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${sizeText(totalmem())}, Bun ${Bun.version}`,
      date: new Date().toISOString().slice(0, 10),
      tookSeconds: Math.round((performance.now() - began) / 1000),
      figures,
    }
    reports.push(report)
    if (!own.json) process.stdout.write(figures.map(line).join(''))
    if (own.save) save(report)
  }
  if (own.json) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`)
  return 0
}

function line(f: Figure): string {
  const bare = f.bare === undefined ? '' : `, bare ${f.bare.toLocaleString('en')}, ratio ${f.ratio}`
  const aimed = Object.keys(f.atLeast).length > 0
  const verdict = !aimed
    ? 'only measured'
    : reaches(f, f.goal)
      ? 'goal reached'
      : reaches(f, f.atLeast)
        ? 'reached'
        : 'NOT REACHED'
  const details = Object.entries(f.details).map(([key, value]) => ` ${key} ${value}`)
  return `${f.name.padEnd(26)} ${f.ours.toLocaleString('en')} ${f.unit}${bare} (at least ${targetText(f.atLeast)}; goal ${targetText(f.goal)}: ${verdict}; noise ${f.noisePercent} %)${details.join(',')}\n`
}

function save(report: BenchmarkReport): void {
  const folder = resolve(import.meta.dir, '../../bench/results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${report.benchmark}.json`), `${JSON.stringify(report, null, 2)}\n`)
}
