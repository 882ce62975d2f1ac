import { flag, optionalText, Usage, whole } from '../options.ts'
import { mistakes } from '../sim/mistakes.ts'
import { type RunResult, runSeed } from '../sim/run.ts'
import { readArguments } from './arguments.ts'

const form = {
  name: 'sim',
  does: 'Runs the deterministic simulation: services on the memory engine, with faults that each seed draws',
  positionals: [],
  own: {
    seeds: whole({ flag: 'seeds', help: 'how many seeds to run' }, 200, 1, 1_000_000_000),
    from: whole({ flag: 'from', help: 'the first seed; `--from S --seeds 1` replays one bit for bit' }, 1, 0, 2 ** 40),
    trace: flag({ flag: 'trace', help: 'print everything that happens in a failing seed' }),
    mistake: optionalText({
      flag: 'mistake',
      help: `plant a mistake, to see it found: ${mistakes.map(({ name }) => name).join(', ')}`,
    }),
    json: flag({ flag: 'json', help: 'print one JSON object' }),
  },
  shared: [],
} as const

/** Lines of the trace that a failing seed prints without `--trace`. */
const tailLines = 12
/** Failing seeds printed in full; of further ones only the number. */
const shownMax = 3
const progressEveryMs = 250

/** Runs seeds one after the other; resolves to 1 when a promise was broken in any of them. */
export async function simCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const { seeds, from, trace, json, mistake: name } = read.own
  const mistake = mistakes.find((known) => known.name === name)
  if (name !== undefined && mistake === undefined) {
    throw new Usage(`--mistake wants one of ${mistakes.map((known) => known.name).join(', ')}, not \`${name}\`.`)
  }
  const began = performance.now()
  const failed: RunResult[] = []
  const total = { events: 0, messages: 0, arrivals: 0, simulatedMs: 0 }
  const progress = progressBar(seeds)
  for (let seed = from; seed < from + seeds; seed++) {
    const result = runSeed(seed, { mistake })
    total.events += result.events
    total.messages += result.messages
    total.arrivals += result.arrivals
    total.simulatedMs += result.simulatedMs
    if (result.violations.length > 0) {
      failed.push(result)
      if (!json) {
        progress.clear()
        tellFailure(result, failed.length <= shownMax, trace, name)
      }
    }
    // Lets signals and the terminal have a turn: a seed is one synchronous piece of work.
    if (progress.due()) {
      progress.show(seed - from + 1, failed.length)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  progress.clear()
  const ms = Math.round(performance.now() - began)
  if (json) {
    const failures = failed.map(({ seed, violations }) => ({ seed, violations }))
    process.stdout.write(`${JSON.stringify({ from, seeds, failed: failures, ms, ...total })}\n`)
  } else {
    const hours = (total.simulatedMs / 3_600_000).toFixed(1)
    process.stdout.write(
      `${seeds} seeds from ${from}: ${failed.length} failed. ${total.messages} messages, ${total.arrivals} arrivals, ` +
        `${total.events} events in ${hours} simulated hours; took ${(ms / 1_000).toFixed(1)} s.\n`,
    )
  }
  return failed.length === 0 ? 0 : 1
}

function tellFailure(result: RunResult, whole: boolean, trace: boolean, mistake: string | undefined): void {
  const lines = [`seed ${result.seed} broke ${result.violations.length} promises`]
  if (whole) {
    // The run is replayed with its trace; without one it is twice as fast.
    const again = runSeed(result.seed, { mistake: mistakes.find((known) => known.name === mistake), trace: true })
    for (const { promise, detail, atMs } of again.violations) lines.push(`  at ${atMs} ms: ${promise}: ${detail}`)
    const broken = again.trace.findIndex((line) => line.includes(' BROKEN '))
    const end = broken < 0 ? again.trace.length : broken + 1
    const shown = trace ? again.trace : again.trace.slice(Math.max(0, end - tailLines), end)
    lines.push(`  ${trace ? 'everything that happened' : 'what happened before the first'}:`)
    for (const line of shown) lines.push(`    ${line}`)
    const planted = mistake === undefined ? '' : ` --mistake ${mistake}`
    lines.push(`  replay: ./rookery sim --from ${result.seed} --seeds 1 --trace${planted}`)
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** A line on the terminal that says how far the work is; silent where standard error is none. */
function progressBar(total: number) {
  const width = 30
  const terminal = process.stderr.isTTY === true
  let last = 0
  return {
    due: () => performance.now() - last > progressEveryMs,
    show(done: number, failed: number): void {
      last = performance.now()
      if (!terminal) return
      const filled = Math.floor((done / total) * width)
      const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`
      process.stderr.write(`\r${bar} ${done} of ${total} seeds, ${failed} failed\u001b[K`)
    },
    clear(): void {
      if (terminal) process.stderr.write('\r\u001b[K')
    },
  }
}
