import type { Command } from './cli/arguments.ts'
import { failureSentence } from './cli/failure.ts'
import { Usage } from './options.ts'

interface Entry {
  readonly does: string
  /** A command is read from its file only when it is called: the server starts without the benchmarks. */
  readonly command: () => Promise<Command>
}

const commands: Record<string, Entry> = {
  serve: {
    does: 'runs the server',
    command: async () => (await import('./cli/serve.ts')).serveCommand,
  },
  load: {
    does: 'fills an empty installation from a follow graph',
    command: async () => (await import('./cli/load.ts')).loadCommand,
  },
  token: {
    does: 'prints a new token for a user',
    command: async () => (await import('./cli/token.ts')).tokenCommand,
  },
  user: {
    does: 'shows and changes accounts: roles, suspensions, passwords, invitations',
    command: async () => (await import('./cli/user.ts')).userCommand,
  },
  plan: {
    does: 'says how many nodes, how much disk and network a load takes, from measured figures',
    command: async () => (await import('./cli/plan.ts')).planCommand,
  },
  explain: {
    does: "says why a reader's timeline costs what it costs",
    command: async () => (await import('./cli/explain.ts')).explainCommand,
  },
  cluster: {
    does: 'starts, shows and ends a trial cluster of real engines on this machine',
    command: async () => (await import('./cli/cluster.ts')).clusterCommand,
  },
  copy: {
    does: 'moves an installation to the other engine',
    command: async () => (await import('./cli/copy.ts')).copyCommand,
  },
  backup: {
    does: 'writes all of an installation into an empty folder, while it serves',
    command: async () => (await import('./cli/backup.ts')).backupCommand,
  },
  restore: {
    does: 'puts a backup into an empty data folder, and checks all of it',
    command: async () => (await import('./cli/restore.ts')).restoreCommand,
  },
  bench: {
    does: 'runs the benchmarks, each beside its bare limit',
    command: async () => (await import('./cli/bench.ts')).benchCommand,
  },
  sim: {
    does: 'runs the deterministic simulation',
    command: async () => (await import('./cli/sim.ts')).simCommand,
  },
  doctor: {
    does: 'checks the machine, and the data folder or the engines, and says what to change',
    command: async () => (await import('./cli/doctor.ts')).doctorCommand,
  },
}

const help = `Usage: rookery COMMAND [OPTION…]

A microblogging server and feed engine.

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(10)}${does}`)
  .join('\n')}

\`rookery COMMAND --help\` lists a command's options. Exit status: 0 when all went well, 2 for wrong usage, 1 otherwise.
`

async function version(): Promise<string> {
  const { default: project } = await import('../package.json', { with: { type: 'json' } })
  return `rookery ${project.version}`
}

/** Runs the command line; resolves to the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help)
    return 0
  }
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${await version()}\n`)
    return 0
  }
  try {
    if (name === undefined) throw new Usage('Say which command to run; `rookery --help` lists them.')
    // What the server starts for itself (src/engines/uploads/apart.ts).
    if (name === 'prepare-uploads' && process.send) {
      return await (await import('./engines/uploads/apart-process.ts')).prepareUploads()
    }
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!entry) throw new Usage(`\`${name}\` is no command; \`rookery --help\` lists them.`)
    return await (await entry.command())(rest)
  } catch (problem) {
    if (problem instanceof Usage) {
      process.stderr.write(`rookery: ${problem.message}\n`)
      return 2
    }
    process.stderr.write(`rookery: ${failureSentence(problem)}\n`)
    return 1
  }
}

if (import.meta.main) {
  // Whoever read what a command prints has seen enough, as `head` has.
  process.stdout.on('error', (problem: NodeJS.ErrnoException) => {
    if (problem.code !== 'EPIPE') {
      process.stderr.write(`rookery: What this prints cannot be written (${problem.message}): see where it goes.\n`)
    }
    process.exit(1)
  })
  const status = await main(process.argv.slice(2))
  // What a command has left behind (a timer, a thread) must not keep the terminal waiting; what it printed must be out.
  await Promise.all([process.stdout, process.stderr].map((out) => new Promise((done) => out.write('', done))))
  process.exit(status)
}
