/**
 * `npm test`: types, lint, then every test in groups, each with its time; ends with one line of totals.
 * A folder under test/ is a group of its own, tests beside the code are the group `unit`: nothing has to be registered.
 *
 *   npm test [-- --only GROUP,…] [--also GROUP,…] [--list] [--verbose] [--no-skips]
 *
 * `--no-skips` fails when a test was left out, for example because the follow graphs are missing (ROOKERY_GRAPHS).
 * The group `browser` runs in the Chromium that ROOKERY_TEST_CHROMIUM names, else in one on PATH or fetched from Debian.
 * `--also` has groups besides that take longer and run apart: `.ci/run` has `cluster-faults`.
 * The groups `cluster` and `cluster-contract` run on one server each of Cassandra, Redis and NATS: those that ROOKERY_TEST_CASSANDRA,
 * ROOKERY_TEST_REDIS and ROOKERY_TEST_NATS name, else new ones (scripts/engines.ts). With `cluster-parts`, each engine's own
 * tests, `cluster-faults`, which starts clusters and breaks them, and `cluster-load`, which does so under a steady load, they
 * take half an hour: these run by `npm run test:cluster`.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { findPrograms } from '../src/cli/cluster/programs.ts'
import { borrowEngines, type Engines } from './borrow-engines.ts'
import { chromiumVariable, findChromium } from './chromium.ts'
import { addTallies, emptyTally, readReport, type Tally } from './test-report.ts'

const root = resolve(import.meta.dir, '..')
const tool = (name: string) => join(root, 'node_modules', '.bin', name)
/** A group that takes longer hangs: the whole run must stay under ten minutes, one that runs apart under forty. */
const groupMsMax = (group: Group) => (apart.has(group.name) ? 2_400_000 : 480_000)
/** Most tests take milliseconds; those on child processes and real graphs take seconds, on three-node clusters minutes. */
const testMsMax = (group: Group) => (apart.has(group.name) ? 600_000 : 120_000)
/** These mostly wait for clocks, sockets and engines, so they run one after the other beside the next groups … */
const waiting = new Set(['sdk', 'push', 'cluster-contract', 'system'])
/** … but not beside these, which keep all cores busy or break what others need. */
const busy = new Set(['browser', 'cluster-parts', 'cluster-faults', 'cluster-load'])
/** Run only when they are asked for by name. */
const apart = new Set(['cluster-parts', 'cluster-faults', 'cluster-load'])
/** Groups that need Cassandra, Redis and NATS. */
const onEngines = new Set(['cluster', 'cluster-contract', 'cluster-parts'])
/** Of the folder `cluster`, what every run of `npm test` has: the contracts of the parts, and the journey of a user. */
const everyTime =
  /\/(engines|journey|settings|cassandra-(graph|hot-log|likes|messages|outbox|users)|redis-(inbox|presence)|nats-contract)\.test\.ts$/

interface Group {
  readonly name: string
  /** A command whose exit status is the result, or files for `bun test`. */
  readonly command?: string[]
  readonly files?: string[]
}

function testFiles(folder: string): string[] {
  const found = [...new Bun.Glob('**/*.test.ts').scanSync(join(root, folder))]
  return found.map((file) => `./${folder}/${file}`).sort()
}

/** Quick groups first, so that a plain mistake shows at once. */
const order = [
  'types',
  'lint',
  'unit',
  'structure',
  'contract',
  'sdk',
  'push',
  'cli',
  'http',
  'media',
  'socket',
  'road',
  'embedded',
  'embedded-graph',
  'browser',
  'cluster-contract',
  'system',
  'sim',
  'cluster',
  'cluster-parts',
  'cluster-faults',
  'cluster-load',
]

function allGroups(): Group[] {
  const folders = existsSync(join(root, 'test')) ? readdirSync(join(root, 'test'), { withFileTypes: true }) : []
  const unit = [...testFiles('src'), ...testFiles('scripts'), ...testFiles('bench')]
  const loose = folders.filter((f) => f.isFile() && f.name.endsWith('.test.ts')).map((f) => `./test/${f.name}`)
  const groups: Group[] = [
    { name: 'types', command: ['sh', '-c', `${tool('tsc')} --noEmit && ${tool('tsc')} --noEmit --project src/web`] },
    { name: 'lint', command: [tool('biome'), 'ci', '--colors=off', '.'] },
    { name: 'unit', files: [...unit, ...loose] },
    ...folders.filter((f) => f.isDirectory()).map((f) => ({ name: f.name, files: testFiles(`test/${f.name}`) })),
  ]
  const cluster = groups.find((group) => group.name === 'cluster')
  if (cluster?.files) {
    groups.push({ name: 'cluster-parts', files: cluster.files.filter((file) => !everyTime.test(file)) })
    groups[groups.indexOf(cluster)] = { ...cluster, files: cluster.files.filter((file) => everyTime.test(file)) }
  }
  const place = (group: Group) => (order.indexOf(group.name) + order.length + 1) % (order.length + 1)
  return groups.filter((g) => g.command || g.files!.length > 0).sort((a, b) => place(a) - place(b))
}

interface Surroundings {
  readonly msMax: number
  readonly verbose: boolean
  readonly environment?: Readonly<Record<string, string>>
}

async function run(
  command: string[],
  { msMax, verbose, environment }: Surroundings,
): Promise<{ status: number; output: string }> {
  const child = Bun.spawn(command, {
    cwd: root,
    stdin: 'ignore',
    stdout: verbose ? 'inherit' : 'pipe',
    stderr: verbose ? 'inherit' : 'pipe',
    env: {
      ...process.env,
      ROOKERY_GRAPHS: process.env.ROOKERY_GRAPHS ?? resolve(root, '../shared/data'),
      ...environment,
    },
    timeout: msMax,
    killSignal: 'SIGKILL',
  })
  const text = (stream: typeof child.stdout | undefined) => (stream ? new Response(stream).text() : '')
  const [stdout, stderr, status] = await Promise.all([
    text(verbose ? undefined : child.stdout),
    text(verbose ? undefined : child.stderr),
    child.exited,
  ])
  return { status, output: stdout + stderr }
}

interface Result {
  readonly tally: Tally
  readonly output: string
}

async function runGroup(group: Group, reports: string, verbose: boolean, engines: TestEngines): Promise<Result> {
  const surroundings = { msMax: groupMsMax(group), verbose }
  if (group.command) {
    const { status, output } = await run(group.command, surroundings)
    return { tally: { ...emptyTally, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 }, output }
  }
  const lent = await lend(group, engines)
  if (typeof lent === 'string') return { tally: leftOut(group, lent), output: '' }
  const report = join(reports, `${group.name}.xml`)
  const { status, output } = await run(
    [
      process.execPath,
      'test',
      '--no-orphans',
      `--timeout=${testMsMax(group)}`,
      '--reporter=junit',
      `--reporter-outfile=${report}`,
      ...group.files!,
    ],
    { ...surroundings, ...(lent ? { environment: lent.environment } : {}) },
  )
  const tally = existsSync(report) ? readReport(readFileSync(report, 'utf8')) : emptyTally
  // A crash, a timeout or an error outside any test leaves the report without a failure of its own.
  const broken = status !== 0 && tally.failed === 0
  return { tally: broken ? { ...tally, failed: 1 } : tally, output }
}

function leftOut(group: Group, why: string): Tally {
  const skippedNames = group.files!.map((file) => `${file}: ${why}`)
  return { ...emptyTally, skipped: skippedNames.length, skippedNames }
}

type Lent = Pick<Engines, 'environment'>

/** What a group needs besides its files, found or fetched once, before its tests; or why it is not to be had. */
async function lend({ name }: Group, engines: TestEngines): Promise<Lent | string | undefined> {
  const say = (line: string) => console.error(line)
  const why = (problem: Error) => problem.message
  if (onEngines.has(name)) return engines.lend()
  if (apart.has(name)) return findPrograms(say).then(() => undefined, why)
  if (name !== 'browser') return undefined
  return findChromium(say).then((program) => ({ environment: { [chromiumVariable]: program } }), why)
}

interface TestEngines {
  /** The engines of this run, started at the first call; or why there are none. */
  lend(): Promise<Engines | string>
  giveBack(): Promise<void>
}

function testEngines(): TestEngines {
  let asked: Promise<Engines | string> | undefined
  return {
    lend: () => (asked ??= borrowEngines().catch((problem: Error) => problem.message)),
    async giveBack() {
      const lent = await asked
      asked = undefined
      if (typeof lent === 'object') await lent.giveBack()
    },
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      list: { type: 'boolean' },
      verbose: { type: 'boolean' },
      also: { type: 'string' },
      'no-skips': { type: 'boolean' },
    },
  })
  const groups = allGroups()
  if (values.list) {
    for (const group of groups) console.log(group.name)
    return 0
  }
  const names = groups.map((g) => g.name)
  const also = values.also?.split(',') ?? []
  const wanted = [...(values.only?.split(',') ?? names.filter((name) => !apart.has(name))), ...also]
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    console.error(`no group is called ${unknown.join(', ')}; there are: ${names.join(', ')}`)
    return 2
  }
  const reports = mkdtempSync(join(tmpdir(), 'rookery-test-'))
  const start = performance.now()
  const engines = testEngines()
  let total = emptyTally

  async function runAndTell(group: Group): Promise<void> {
    const began = performance.now()
    const { tally, output } = await runGroup(group, reports, values.verbose ?? false, engines)
    total = addTallies(total, tally)
    if (tally.failed > 0) console.log(output.trimEnd())
    const parts = [
      `${tally.passed} passed`,
      tally.failed && `${tally.failed} FAILED`,
      tally.skipped && `${tally.skipped} SKIPPED`,
    ]
    console.log(`${group.name.padEnd(16)} ${parts.filter(Boolean).join(', ')} in ${seconds(began)}`)
  }

  let beside: Promise<unknown> = Promise.resolve()
  try {
    for (const group of groups.filter((g) => wanted.includes(g.name))) {
      if (waiting.has(group.name)) {
        beside = beside.then(() => runAndTell(group))
        continue
      }
      if (busy.has(group.name)) await beside
      // They run last, and have engines of their own, which need the memory and the cores.
      if (group.name === 'cluster-faults' || group.name === 'cluster-load') await engines.giveBack()
      await runAndTell(group)
    }
    await beside
  } finally {
    rmSync(reports, { recursive: true, force: true })
    await engines.giveBack()
  }
  if (total.skippedNames.length > 0) {
    console.log(`\n!!! SKIPPED, so NOT TESTED in this run:\n${total.skippedNames.map((n) => `!!!   ${n}`).join('\n')}`)
  }
  console.log(`\nall of it took ${seconds(start)}`)
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
  return total.failed > 0 || (values['no-skips'] && total.skipped > 0) ? 1 : 0
}

process.exitCode = await main()
