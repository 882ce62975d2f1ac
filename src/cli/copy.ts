import { flag, optionalText, Usage } from '../options.ts'
import { systemClock } from '../ports/clock.ts'
import type { CopyPlace } from '../ports/copy.ts'
import { type Form, readArguments } from './arguments.ts'
import { openPlace, type PlaceConfig, type PlaceName, readPlace } from './copy/places.ts'
import { differsSentence, reportJson, reportText } from './copy/report.ts'
import { type Copied, NoCopy, runCopy } from './copy/run.ts'
import { createLog } from './logger.ts'
import { createProgress } from './progress.ts'

const own = {
  from: optionalText({ flag: 'from', value: 'PLACE', help: 'the installation: embedded:DIR or cluster:KEYSPACE' }),
  to: optionalText({
    flag: 'to',
    value: 'PLACE',
    help: 'an empty place of the other engine, which is made when absent',
  }),
  json: flag({ flag: 'json', help: 'print what was copied and compared as JSON' }),
}

const form = {
  name: 'copy',
  does: 'Moves an installation to the other engine, while no server runs on either',
  positionals: [],
  own,
  shared: ['cassandra', 'replication', 'allowUnsafe'],
  notes: `Everything that is truth goes along, ids, tokens and cursors too; inboxes are built anew when they are read. At the end
both sides are read once more and compared by counts and checksums: exit status 1 when they differ. Interrupted, the same
command goes on where it stopped; until it is finished, servers refuse to start on the target.`,
} satisfies Form<typeof own>

export async function copyCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const from = readPlace('--from', read.own.from)
  const to = readPlace('--to', read.own.to)
  if (from.engine === to.engine) {
    throw new Usage(`--from and --to are both ${from.engine}: a copy goes from one engine to the other.`)
  }
  const ends = { from: `${from.engine}:${from.where}`, to: `${to.engine}:${to.where}` }
  const copied = await copyFromTo(from, to, read.config)
  process.stdout.write(read.own.json ? reportJson(copied, ends) : reportText(copied, ends))
  if (!copied.same) throw new NoCopy(differsSentence(copied, ends))
  return 0
}

async function copyFromTo(from: PlaceName, to: PlaceName, config: PlaceConfig): Promise<Copied> {
  const log = createLog()
  const progress = createProgress()
  const opened: CopyPlace[] = []
  const open = async (...place: Parameters<typeof openPlace>) => {
    const one = await openPlace(...place)
    opened.push(one)
    return one
  }
  try {
    const source = await open(from, 'source', config, log)
    const target = await open(to, 'target', config, log)
    return await runCopy({ from: source, to: target, clock: systemClock, progress: progress.show })
  } finally {
    progress.end()
    for (const place of opened) await place.close()
  }
}
