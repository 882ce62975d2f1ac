import { Usage } from '../options.ts'
import type { Command } from './arguments.ts'

interface Entry {
  readonly does: string
  readonly command: () => Promise<Command>
}

const commands: Record<string, Entry> = {
  up: {
    does: 'starts 3 Cassandra nodes, Redis and 3 NATS servers on this machine',
    command: async () => (await import('./cluster/up.ts')).upCommand,
  },
  'add-node': {
    does: 'adds a Cassandra node while the others run',
    command: async () => (await import('./cluster/add-node.ts')).addNodeCommand,
  },
  status: {
    does: 'shows the nodes, the ring, the streams and the memory',
    command: async () => (await import('./cluster/status.ts')).statusCommand,
  },
  down: {
    does: 'ends all that was started',
    command: async () => (await import('./cluster/down.ts')).downCommand,
  },
}

const help = `Usage: rookery cluster COMMAND [OPTION…]

A trial cluster of real engines on this machine, for trying out and for tests.

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(10)}${does}`)
  .join('\n')}

\`rookery cluster COMMAND --help\` lists a command's options.
`

/** `rookery cluster …`: hands over to one of its commands. */
export async function clusterCommand(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help)
    return 0
  }
  const all = Object.keys(commands).join('`, `')
  if (name === undefined) throw new Usage(`Say what to do with the trial cluster: \`${all}\`.`)
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!entry) throw new Usage(`\`${name}\` is no command of \`rookery cluster\`; there are \`${all}\`.`)
  return (await entry.command())(rest)
}
