import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { silentLog } from '../core/log.ts'
import { sizeText } from '../core/units.ts'
import { type BulkLoad, bulkLoad, type Loaded } from '../engines/embedded/bulk-load.ts'
import type { SyntheticGraph } from '../engines/embedded/bulk-load-synthetic.ts'
import { flag, optionalText, Usage, whole } from '../options.ts'
import { systemClock } from '../ports/clock.ts'
import type { CopyPlace } from '../ports/copy.ts'
import { type Form, readArguments } from './arguments.ts'
import type { PlaceName } from './copy/places.ts'
import { createProgress } from './progress.ts'

const own = {
  messages: whole(
    { flag: 'messages', help: 'how many messages to make up, of random authors, 100 to 300 bytes each' },
    0,
    0,
    100_000_000,
  ),
  tokens: optionalText({
    flag: 'tokens',
    value: 'FILE',
    help: 'make a token for every user; FILE gets `node<TAB>userId<TAB>handle<TAB>token` a line',
  }),
  json: flag({ flag: 'json', help: 'print what was loaded as JSON' }),
}

const form = {
  name: 'load',
  does: 'Fills an empty installation from a follow graph, while no server runs on it',
  positionals: ['GRAPH'],
  own,
  shared: ['engine', 'data', 'cassandra', 'redis', 'nats', 'natsMonitor', 'replication', 'allowUnsafe', 'keyspace'],
  notes: `GRAPH is a file of \`follower followee\` lines (whole numbers, # comments, gzip too; repeated edges and
self-follows are skipped), or is made up: synthetic:users=1000000,mean=100,max=500000,seed=1. Of a made-up graph's
users each follows \`mean\` others on average, one author has exactly \`max\` followers and all others fewer; the same
seed gives the same graph. Users are called u and their number; they have no password, so --tokens is the way in.`,
} satisfies Form<typeof own>

export async function loadCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const { config } = read
  if (config.engine === 'memory') {
    throw new Usage('--engine memory keeps nothing when this command ends: load the embedded engine.')
  }
  const name = read.positionals[0]!
  const graph = name.startsWith('synthetic:') ? readSynthetic(name) : name
  const progress = createProgress()
  const began = performance.now()
  const load = (data: string) =>
    bulkLoad({
      data,
      graph,
      messages: read.own.messages,
      tokens: read.own.tokens === undefined ? undefined : resolve(read.own.tokens),
      clock: systemClock,
      progress: progress.show,
    })
  try {
    const cluster = config.engine === 'cluster'
    const loaded = cluster ? await loadCluster(config, load, progress.show) : await load(config.data)
    progress.end()
    const seconds = (performance.now() - began) / 1_000
    const where = cluster ? `cluster:${config.keyspace}, from` : `${config.data}:`
    process.stdout.write(read.own.json ? jsonText(loaded, seconds) : text(loaded, seconds, where))
    return 0
  } finally {
    progress.end()
  }
}

/** Loads a data folder of its own, which takes no time beside the rest, and copies it to the keyspace. */
async function loadCluster(
  config: Config,
  load: (data: string) => Promise<Loaded>,
  progress: BulkLoad['progress'],
): Promise<Loaded> {
  const { openPlace } = await import('./copy/places.ts')
  const { NoCopy, runCopy } = await import('./copy/run.ts')
  const folder = mkdtempSync(join(tmpdir(), 'rookery-load-'))
  const places: CopyPlace[] = []
  const open = async (place: PlaceName, end: 'source' | 'target') => {
    const opened = await openPlace(place, end, config, silentLog)
    places.push(opened)
    return opened
  }
  try {
    const to = await open({ engine: 'cluster', where: config.keyspace }, 'target')
    const data = join(folder, 'data')
    const loaded = await load(data)
    const from = await open({ engine: 'embedded', where: data }, 'source')
    const { same } = await runCopy({ from, to, clock: systemClock, progress })
    if (!same) throw new NoCopy(`The keyspace ${config.keyspace} holds something else than was loaded: drop it.`)
    return loaded
  } finally {
    for (const place of places) await place.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const keys = ['users', 'mean', 'max', 'seed'] as const

/** @throws Usage */
export function readSynthetic(name: string): SyntheticGraph {
  const given: Record<string, number> = {}
  for (const part of name.slice('synthetic:'.length).split(',')) {
    const [key = '', value = ''] = part.split('=', 2)
    const known = keys.find((k) => k === key)
    if (known === undefined) throw new Usage(`GRAPH: \`${part}\` is none of users=N, mean=N, max=N and seed=N.`)
    const form = known === 'mean' ? /^[0-9]{1,7}(\.[0-9]{1,3})?$/ : /^[0-9]{1,15}$/
    if (!form.test(value)) throw new Usage(`GRAPH: ${key} wants a number, not \`${value}\`.`)
    given[known] = Number(value)
  }
  const { users, seed = 1 } = given
  if (users === undefined || users < 2 || users > 50_000_000) {
    throw new Usage('GRAPH: users wants a whole number from 2 to 50000000.')
  }
  const mean = given.mean ?? Math.min(100, (users - 1) / 4)
  const max = given.max ?? Math.floor(users / 2)
  if (max < 1 || max > users - 1) throw new Usage(`GRAPH: max wants a whole number from 1 to ${users - 1} (users - 1).`)
  if (mean > max) throw new Usage(`GRAPH: mean is at most max (${max}): as many follow as are followed.`)
  if (mean * users > 2_000_000_000) throw new Usage('GRAPH: users × mean is at most 2000000000 follows.')
  return { users, mean, max, seed }
}

function jsonText(loaded: Loaded, seconds: number): string {
  const largest = loaded.largest && { ...loaded.largest, id: String(loaded.largest.id) }
  return `${JSON.stringify({ ...loaded, largest, seconds: Math.round(seconds * 1_000) / 1_000 })}\n`
}

function text(loaded: Loaded, seconds: number, where: string): string {
  const { users, follows, messages, repeated, selfFollows, largest, bytes } = loaded
  const number = (n: number) => n.toLocaleString('en-US')
  const lines = [
    `loaded ${number(users)} users, ${number(follows)} follows and ${number(messages)} messages in ${seconds.toFixed(1)} s`,
    `${where} ${sizeText(bytes.database)}, of which ${sizeText(bytes.graph)} are the follow graph`,
  ]
  if (repeated + selfFollows > 0) {
    lines.push(`left out: ${number(repeated)} repeated edges, ${number(selfFollows)} self-follows`)
  }
  if (largest !== undefined) lines.push(`most followers: @${largest.handle} with ${number(largest.followers)}`)
  return `${lines.join('\n')}\n`
}
