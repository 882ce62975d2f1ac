import { existsSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { readArguments } from '../arguments.ts'
import { dirOption, interruptible, say, serveLine } from './command.ts'
import { alone, lockName } from './lock.ts'
import { createTrial, fullShape } from './make-trial.ts'
import { TrialProblem } from './tools.ts'
import { openTrial } from './trial.ts'

const form = {
  name: 'cluster up',
  does: 'Starts a trial cluster of real engines on this machine: 3 Cassandra nodes, Redis, 3 NATS servers',
  positionals: [],
  own: { dir: dirOption },
  shared: [],
  notes: `Engines that are not on PATH are fetched once, by Maven, Go and apt-get, into the user's cache folder. All listen on
loopback addresses alone; where a usual port is taken, others are used. A trial that is partly or wholly down is
started again with its data. The last line on standard output is the command that serves on it. About 3 GB of memory.`,
}

export async function upCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const folder = resolve(read.own.dir)
  return interruptible((signal) =>
    alone(folder, async () => {
      const trial =
        openTrial(folder, say) ?? (await createTrial(emptyFolder(folder), fullShape, say, { signal, ports: 'usual' }))
      await trial.up(signal)
      const nodes = trial.nodes()
      for (const { name, host, port } of nodes) process.stdout.write(`${name.padEnd(12)} ${host}:${port}\n`)
      process.stdout.write(`${serveLine(trial)}\n`)
      return 0
    }),
  )
}

/** What stands in a folder that is no trial's is not ours to mix with. */
function emptyFolder(folder: string): string {
  const others = existsSync(folder) ? readdirSync(folder).filter((name) => name !== lockName) : []
  if (others.length === 0) return folder
  throw new TrialProblem(`${folder} holds other things and no trial cluster: give --dir another folder.`)
}
