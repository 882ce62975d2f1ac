import { setPriority } from 'node:os'
import type { Config } from '../config.ts'
import { flag, Usage } from '../options.ts'
import { type Form, readArguments } from './arguments.ts'
import { copyWhole, withTemporaryData } from './backup/by-copy.ts'
import type { Manifest } from './backup/manifest.ts'
import { contents, contentsJson } from './backup/report.ts'
import { type ShowProgress, takeBackup, takeEmpty } from './backup/take.ts'
import { createProgress } from './progress.ts'

const form = {
  name: 'backup',
  does: 'Writes all of an installation into an empty folder, while it serves',
  positionals: ['DIR'],
  own: { json: flag({ flag: 'json', help: 'print what was backed up as JSON' }) },
  shared: ['engine', 'data', 'cassandra', 'keyspace', 'replication', 'allowUnsafe'],
  notes: `All that was answered before it began is in it. \`rookery restore DIR\` puts it back. What an interrupted backup leaves has no
backup.json and is never restored: delete it. A cluster (--engine cluster) is read out through a copy, its servers stopped,
into the same form; while it serves, back up Cassandra itself with \`nodetool snapshot\` (docs/OPERATIONS.md). The backup holds
password and token hashes: keep it where only you can read it.`,
} satisfies Form<Record<string, ReturnType<typeof flag>>>

/** Steps aside for a server on the same machine. */
const niceness = 10

export async function backupCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const dir = read.positionals[0]!
  const { config } = read
  setPriority(niceness)
  const progress = createProgress()
  const began = performance.now()
  try {
    const manifest = await backUp(config, dir, progress.show)
    progress.end()
    const from = config.engine === 'cluster' ? `cluster:${config.keyspace}` : `embedded:${config.data}`
    const ms = performance.now() - began
    const text = `backed up ${from} to ${dir} in ${(ms / 1_000).toFixed(1)} s: ${contents(manifest)}\n`
    process.stdout.write(read.own.json ? contentsJson(manifest, { from, to: dir }, ms) : text)
    return 0
  } finally {
    progress.end()
  }
}

async function backUp(config: Config, dir: string, show: ShowProgress): Promise<Manifest> {
  if (config.engine === 'memory') throw new Usage('--engine memory keeps nothing that could be backed up.')
  if (config.engine === 'embedded') {
    takeEmpty(dir, config.data)
    return takeBackup(config.data, dir, show)
  }
  takeEmpty(dir)
  return withTemporaryData(async (data) => {
    const to = { engine: 'embedded', where: data } as const
    await copyWhole({ engine: 'cluster', where: config.keyspace }, to, config, show)
    return takeBackup(data, dir, show)
  })
}
