import { until } from '../until.ts'
import type { Fault, Stage } from './faults.ts'
import type { Ledger, Trouble } from './ledger.ts'

/** What one fault did to the load. Times in seconds. */
export interface FaultRow {
  readonly fault: string
  /** Posts acknowledged from the fault until all was well. */
  readonly posts: number
  /** Errors that a retry with the same key did not cure, hangs among them. */
  readonly failed: string[]
  readonly retried: number
  readonly longestGap: number
  /** The longest that one author waited. */
  readonly longestWait: number
  /** From healing until posts reached everybody live again, and until all posts of before had. */
  readonly live: number | undefined
  readonly caughtUp: number | undefined
  /** Seen twice on one connection; and seen again on a later one. */
  readonly repeated: number
  readonly again: number
  readonly disorder: string[]
  /** When it began and ended, on the clock of `performance.now()`. */
  readonly span: readonly [number, number]
}

/** What is promised, in seconds. */
export const bounds = { gap: 10, live: 30, caughtUp: 75 } as const

/** Strikes, waits until all is well again (or until it should have been), and tells what happened. */
export async function run(fault: Fault, stage: Stage): Promise<FaultRow> {
  const { ledger } = stage.load
  const from = performance.now()
  await fault.strike(stage)
  const healed = performance.now()
  await fault.afterwards?.(stage).catch((problem: Error) => ledger.note('failed', problem.message))
  const well = () => ledger.liveAfter(healed) !== undefined && ledger.caughtUpAfter(from, healed) !== undefined
  await until(well, bounds.caughtUp * 1_000 + 10_000, 'all was well').catch(() => {})
  return rowOf(fault, ledger, { from, healed, to: performance.now() })
}

export function rowOf(
  { name }: Pick<Fault, 'name'>,
  ledger: Ledger,
  { from, healed, to }: { from: number; healed: number; to: number },
): FaultRow {
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : Math.max(0, ms) / 1_000)
  const troubles = (kind: Trouble['kind']) =>
    ledger.troubles.filter((one) => one.kind === kind && one.at >= from && one.at <= to).map(({ what }) => what)
  return {
    fault: name,
    posts: ledger.between(from, to).length,
    failed: troubles('failed'),
    retried: troubles('retried').length,
    longestGap: seconds(ledger.longestGap(from, to))!,
    longestWait: seconds(ledger.longestWait(from, to))!,
    live: seconds(ledger.liveAfter(healed)),
    caughtUp: seconds(ledger.caughtUpAfter(from, healed)),
    repeated: troubles('repeated').length,
    again: troubles('again').length,
    disorder: troubles('disorder'),
    span: [from, to],
  }
}

/** Posts acknowledged during that fault which a follower was never given: to be asked at the end. */
export function lostIn({ span: [from, to] }: FaultRow, ledger: Ledger): string[] {
  return ledger
    .between(from, to)
    .filter(({ completeAt }) => completeAt === undefined)
    .map((post) => `${post.author}:${post.n} (${post.id}) not given to ${ledger.missing(post).join(', ')}`)
}

/** What of the bounds was not kept; what was lost is known at the end alone. */
export function wrongs(row: FaultRow): string[] {
  const { gap, live, caughtUp } = bounds
  const late = (seconds: number | undefined, most: number) => (seconds ?? Number.POSITIVE_INFINITY) > most
  return [
    ...row.failed.map((what) => `failed: ${what}`),
    ...row.disorder.map((what) => `out of order: ${what}`),
    ...(late(row.longestGap, gap) ? [`nothing acknowledged for ${row.longestGap} s`] : []),
    ...(late(row.live, live) ? [`live again after ${row.live} s`] : []),
    ...(late(row.caughtUp, caughtUp) ? [`caught up after ${row.caughtUp} s`] : []),
  ]
}

const columns = [
  'fault',
  'failed requests',
  'longest gap',
  'lost',
  'repeated',
  'order broken',
  'posts',
  'retried elsewhere',
  'longest wait of one author',
  'live again after',
  'all caught up after',
  'given again after a reconnect',
]

/** The rows as a Markdown table, which reads well on a terminal too. */
export function faultTable(rows: readonly FaultRow[], ledger: Ledger): string {
  const time = (seconds: number | undefined) => (seconds === undefined ? 'never' : `${seconds.toFixed(1)} s`)
  const cells = rows.map((row) => [
    row.fault,
    row.failed.length,
    time(row.longestGap),
    lostIn(row, ledger).length,
    row.repeated,
    row.disorder.length,
    row.posts,
    row.retried,
    time(row.longestWait),
    time(row.live),
    time(row.caughtUp),
    row.again,
  ])
  const lines = [columns, columns.map(() => '---'), ...cells].map((line) => `| ${line.join(' | ')} |`)
  return `${lines.join('\n')}\n`
}
