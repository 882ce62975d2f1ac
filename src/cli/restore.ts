import type { Config } from '../config.ts'
import { flag, Usage } from '../options.ts'
import { type Form, readArguments } from './arguments.ts'
import { copyWhole, withTemporaryData } from './backup/by-copy.ts'
import type { Manifest } from './backup/manifest.ts'
import { putBack } from './backup/put-back.ts'
import { contents, contentsJson } from './backup/report.ts'
import type { ShowProgress } from './backup/take.ts'
import { createProgress } from './progress.ts'

const form = {
  name: 'restore',
  does: 'Puts a backup into an empty data folder, and checks all of it',
  positionals: ['DIR'],
  own: { json: flag({ flag: 'json', help: 'print what was restored as JSON' }) },
  shared: ['engine', 'data', 'cassandra', 'keyspace', 'replication', 'allowUnsafe'],
  notes: `Each file is held to the backup's checksum, each table to its count. Interrupted, the same command begins anew; until it is
finished, servers refuse the folder. With --engine cluster it goes into an empty keyspace. Tokens and cursors stay good;
whatever came after the backup is gone. Never serve the restored installation beside the one that was backed up.`,
} satisfies Form<Record<string, ReturnType<typeof flag>>>

export async function restoreCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const dir = read.positionals[0]!
  const { config } = read
  const progress = createProgress()
  const began = performance.now()
  try {
    const manifest = await restore(config, dir, progress.show)
    progress.end()
    const to = config.engine === 'cluster' ? `cluster:${config.keyspace}` : `embedded:${config.data}`
    const ms = performance.now() - began
    const text = `restored ${dir} to ${to} in ${(ms / 1_000).toFixed(1)} s: ${contents(manifest)}\n`
    process.stdout.write(read.own.json ? contentsJson(manifest, { from: dir, to }, ms) : text)
    return 0
  } finally {
    progress.end()
  }
}

async function restore(config: Config, dir: string, show: ShowProgress): Promise<Manifest> {
  if (config.engine === 'memory') throw new Usage('--engine memory keeps nothing: restore to the embedded engine.')
  if (config.engine === 'embedded') return putBack(dir, config.data, show)
  return withTemporaryData(async (data) => {
    const manifest = await putBack(dir, data, show)
    const to = { engine: 'cluster', where: config.keyspace } as const
    await copyWhole({ engine: 'embedded', where: data }, to, config, show)
    return manifest
  })
}
