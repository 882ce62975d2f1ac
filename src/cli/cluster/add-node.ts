import { readArguments } from '../arguments.ts'
import { dirOption, interruptible, serveLine, trialThere } from './command.ts'
import { alone } from './lock.ts'

const form = {
  name: 'cluster add-node',
  does: 'Adds a Cassandra node to a running trial cluster; it takes half of the widest share of the ring',
  positionals: [],
  own: { dir: dirOption },
  shared: [],
  notes:
    'Servers that run find the new node by themselves. The last line on standard output is the command that serves.',
}

export async function addNodeCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const trial = trialThere(read.own.dir)
  return interruptible((signal) =>
    alone(trial.folder, async () => {
      const { name, host, port } = await trial.addCassandra(signal)
      process.stdout.write(`${name.padEnd(12)} ${host}:${port}\n${serveLine(trial)}\n`)
      return 0
    }),
  )
}
