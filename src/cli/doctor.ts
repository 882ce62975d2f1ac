import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import project from '../../package.json' with { type: 'json' }
import { type Config, options } from '../config.ts'
import { idEpochMs } from '../core/ids.ts'
import { diskLookDoctorBytes } from '../core/limits.ts'
import { silentLog } from '../core/log.ts'
import { sizeText } from '../core/units.ts'
import { folderState, hasDatabase } from '../engines/embedded/backup.ts'
import { readDiskUse } from '../engines/embedded/disk-use.ts'
import { askControl, type DeadJobs, deadJobsOf } from '../gateway/control.ts'
import { environmentName, flag, Usage } from '../options.ts'
import { type Form, installationOptions, readArguments } from './arguments.ts'
import { failureSentence } from './failure.ts'
import { onCluster } from './installation.ts'

const form = {
  name: 'doctor',
  does: 'Checks the machine, the settings, and the data folder or the engines, and says what to change',
  positionals: [],
  own: {
    json: flag({ flag: 'json', help: 'print the checks as JSON' }),
    tryAgain: flag({ flag: 'try-again', help: 'first deliver once more what servers have given up' }),
  },
  shared: installationOptions,
  notes: 'Exit status 1 when a check is `bad`.',
} satisfies Form<Record<string, ReturnType<typeof flag>>>

export interface Check {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'bad'
  readonly says: string
}

export async function doctorCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const checks = await examine(read.config, process.env, read.own.tryAgain)
  if (read.own.json) process.stdout.write(`${JSON.stringify({ checks })}\n`)
  else for (const c of checks) process.stdout.write(`${c.state.padEnd(5)} ${c.name}: ${c.says}\n`)
  return checks.some((c) => c.state === 'bad') ? 1 : 0
}

/** All checks of one machine and installation; none of them changes anything that stays, but for `tryAgain`. */
export async function examine(config: Config, environment = process.env, tryAgain = false): Promise<Check[]> {
  const checks: Check[] = [versions(), clock(), openFiles(), memory(config), ...settings(environment)]
  if (config.engine === 'embedded') checks.push(...(await folder(config.data, tryAgain)))
  if (config.engine === 'cluster') checks.push(...(await engines(config, tryAgain)))
  return checks
}

function versions(): Check {
  const says = `rookery ${project.version} on Bun ${Bun.version}, ${process.platform} ${process.arch}`
  const known = Bun.version === project.dependencies.bun
  return {
    name: 'versions',
    state: known ? 'ok' : 'warn',
    says: known
      ? says
      : `${says}; tested with Bun ${project.dependencies.bun}: start with \`./rookery\`, which uses it`,
  }
}

function clock(): Check {
  const bad = Date.now() < idEpochMs
  const says = `${new Date().toISOString()}${bad ? '; ids begin in 2025: set the clock' : ''}`
  return { name: 'clock', state: bad ? 'bad' : 'ok', says }
}

/** A socket is an open file; the server itself needs about a hundred. */
const openFilesWanted = 10_240

function openFiles(): Check {
  const name = 'open files'
  const limits = existsSync('/proc/self/limits') ? readFileSync('/proc/self/limits', 'utf8') : ''
  const soft = /^Max open files +(\S+)/m.exec(limits)?.[1]
  if (soft === undefined) return { name, state: 'ok', says: 'not known on this system; see `ulimit -n`' }
  if (soft === 'unlimited' || Number(soft) >= openFilesWanted) return { name, state: 'ok', says: `limit ${soft}` }
  return { name, state: 'warn', says: `limit ${soft}: about that many sockets; raise it with \`ulimit -n 65536\`` }
}

function memory(config: Config): Check {
  const total = totalmem()
  const says = `--memory ${sizeText(config.memoryBytes)} of ${sizeText(total)}`
  const much = config.memoryBytes > total * 0.75
  return {
    name: 'memory',
    state: much ? 'warn' : 'ok',
    says: much ? `${says}; leave a quarter to the system's file cache` : says,
  }
}

/** Variables that look like ours but are none: a slip of the pen that would otherwise go unnoticed. */
function settings(environment: Record<string, string | undefined>): Check[] {
  const others = ['ROOKERY_GRAPHS', 'ROOKERY_JWT_SECRET', 'ROOKERY_JWT_JWKS']
  const known = new Set([...Object.values(options).map(environmentName), ...others])
  const strange = Object.keys(environment).filter((name) => /^ROOKERY_(?!TEST_)/.test(name) && !known.has(name))
  return strange.map((name) => ({ name: 'settings', state: 'warn', says: `${name} is no setting of Rookery` }))
}

async function folder(data: string, tryAgain: boolean): Promise<Check[]> {
  const name = 'data folder'
  const path = resolve(data)
  let place = path
  while (!existsSync(place)) place = dirname(place)
  if (!statSync(place).isDirectory())
    return [{ name, state: 'bad', says: `${place} is a file; name a folder with --data` }]
  try {
    const dead = await askControl<DeadJobs>(path, tryAgain ? 'POST' : 'GET', '/dead-jobs')
    const state = dead !== undefined ? 'in use by a running server' : place === path ? 'not in use' : 'not made yet'
    const checks: Check[] = [
      { name, state: 'ok', says: `${path}, ${state}` },
      space(place),
      ...(await diskUse(path)),
      fsyncSpeed(place),
    ]
    return dead === undefined ? checks : [...checks, fanout(dead)]
  } catch (problem) {
    return [{ name, state: 'bad', says: `${path} cannot be used: ${(problem as Error).message}` }]
  }
}

/** Opens the engines as a server would, beside those that serve. Throws Usage. */
async function engines(config: Config, tryAgain: boolean): Promise<Check[]> {
  const name = 'engines'
  const said: string[] = []
  const log = { ...silentLog, warn: (_: object, sentence: string) => void said.push(sentence) }
  try {
    // What a server would refuse is to be listed, all of it.
    return await onCluster(
      { ...config, allowUnsafe: true },
      async (control, engine) => {
        const { unsafe, degraded } = await engine.health()
        const warned = said.filter((sentence) => !unsafe.includes(sentence))
        const serves = `Cassandra, Redis and NATS answer, keyspace ${config.keyspace}`
        return [
          { name, state: 'ok', says: serves },
          ...unsafe.map((says): Check => ({ name, state: config.allowUnsafe ? 'warn' : 'bad', says })),
          ...degraded.map(
            (away): Check => ({ name, state: 'warn', says: `${away} is away: servers go on without it` }),
          ),
          ...warned.map((says): Check => ({ name, state: 'warn', says })),
          fanout(await deadJobsOf(control, tryAgain)),
        ]
      },
      log,
    )
  } catch (problem) {
    if (problem instanceof Usage) throw problem
    return [{ name, state: 'bad', says: failureSentence(problem) }]
  }
}

/** Asked of those that run: without a server nothing is being delivered. */
function fanout({ jobs }: DeadJobs): Check {
  const name = 'fan-out'
  if (jobs.length === 0) return { name, state: 'ok', says: 'no message was given up' }
  const list = jobs.map(({ id, why }) => `${id} (${why})`).join(', ')
  return {
    name,
    state: 'warn',
    says: `given up for messages ${list}; their authors' outboxes have them, but not every follower's timeline: mend what the reason names, then run \`./rookery doctor --try-again\``,
  }
}

/** Below either, there is little time left. */
const freeBytesWanted = 2 ** 30
const freeShareWanted = 0.05

function space(place: string): Check {
  const { bavail, blocks, bsize } = statfsSync(place)
  const [free, whole] = [bavail * bsize, blocks * bsize]
  const little = free < freeBytesWanted || free < whole * freeShareWanted
  const hint = '; at 0 publishing answers 507 until there is room: make some, or bound what is kept with --keep'
  return {
    name: 'disk space',
    state: little ? 'warn' : 'ok',
    says: `${sizeText(free)} free of ${sizeText(whole)}${little ? hint : ''}`,
  }
}

/** What takes it, the largest first. */
async function diskUse(data: string): Promise<Check[]> {
  const name = 'disk use'
  if (!hasDatabase(data)) return []
  let bytes: number
  try {
    bytes = folderState(data).bytes
  } catch (problem) {
    return [{ name, state: 'bad', says: failureSentence(problem) }]
  }
  if (bytes > diskLookDoctorBytes) {
    return [{ name, state: 'ok', says: `${sizeText(bytes)}; a running server tells the kinds as rookery_disk_bytes` }]
  }
  const kinds = Object.entries(await readDiskUse(data)).sort(([, a], [, b]) => b - a)
  const says = kinds.map(([kind, size]) => `${kind} ${sizeText(size)}`).join(', ')
  // With the log, which is no part of the database.
  const whole = kinds.reduce((sum, [, size]) => sum + size, 0)
  return [{ name, state: 'ok', says: `${sizeText(whole)}: ${says}` }]
}

/** The median of 21 appends of 8 KiB, each with fsync: what a single publish waits for. */
function fsyncSpeed(place: string): Check {
  let temporary: string | undefined
  try {
    temporary = mkdtempSync(join(place, '.doctor-'))
    const file = openSync(join(temporary, 'probe'), 'w')
    const block = Buffer.alloc(8192)
    const times = Array.from({ length: 21 }, () => {
      const start = performance.now()
      writeSync(file, block)
      fsyncSync(file)
      return performance.now() - start
    })
    closeSync(file)
    const median = times.sort((a, b) => a - b)[10]!
    const slow = median > 20
    const hint = slow ? '; publishing waits that long: use a faster disk' : ''
    return { name: 'fsync', state: slow ? 'warn' : 'ok', says: `${median.toFixed(2)} ms for 8 KiB${hint}` }
  } catch (problem) {
    // Said beside the other checks, of which the one of the disk's space may well say why.
    return { name: 'fsync', state: 'bad', says: `${place} cannot be written: ${(problem as Error).message}` }
  } finally {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true })
  }
}
