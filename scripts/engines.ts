/**
 * Engines for tests: starts Cassandra, Redis and NATS in a temporary folder, prints where they listen as one line of JSON,
 * and ends them once standard input closes, so that they end with whoever started this, however that ended.
 *
 *   sh scripts/run.sh scripts/engines.ts [--full]     one server each; --full: three of Cassandra and of NATS
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { interruptible, say } from '../src/cli/cluster/command.ts'
import { createTrial, fullShape, smallShape } from '../src/cli/cluster/make-trial.ts'
import type { Trial } from '../src/cli/cluster/trial.ts'
import { failureSentence } from '../src/cli/failure.ts'

const { values } = parseArgs({ options: { full: { type: 'boolean' } } })

async function inputClosed(): Promise<void> {
  for await (const _ of Bun.stdin.stream()) {
    // Nothing is read from it.
  }
}

async function main(): Promise<number> {
  const parent = mkdtempSync(join(tmpdir(), 'rookery-engines-'))
  let trial: Trial | undefined
  try {
    await interruptible(async (signal) => {
      const shape = values.full ? fullShape : smallShape
      trial = await createTrial(join(parent, 'trial'), shape, say, { signal })
      await trial.up(signal)
      process.stdout.write(`${JSON.stringify(trial.addresses())}\n`)
      const interrupted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      await Promise.race([inputClosed(), interrupted])
    })
    return 0
  } catch (problem) {
    process.stderr.write(`${failureSentence(problem)}\n`)
    return 1
  } finally {
    await trial?.down(0)
    rmSync(parent, { recursive: true, force: true })
  }
}

process.exit(await main())
