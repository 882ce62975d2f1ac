import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { aptInstall, cacheFolder, fillWhole, onPath, run, type Say, TrialProblem, told } from './tools.ts'

const oldest = 7

/** The program of a Redis or Valkey server: on PATH, else fetched from Debian. */
export async function findRedis(say: Say, signal?: AbortSignal): Promise<string> {
  const kept = join(cacheFolder(), 'redis', 'redis-server')
  const tooOld: string[] = []
  for (const program of [onPath('redis-server'), onPath('valkey-server'), kept]) {
    if (!program || !existsSync(program)) continue
    const version = await redisVersion(program)
    if (version === undefined) continue
    if (Number.parseInt(version, 10) >= oldest) return program
    tooOld.push(`${program} is ${version}`)
  }
  const seen = tooOld.length > 0 ? ` (${tooOld.join(', ')})` : ''
  const missing = `Redis is missing${seen}: put redis-server or valkey-server ${oldest} or newer on PATH`
  if (!onPath('apt-get')) throw new TrialProblem(`${missing}.`)
  const fetched = await told(say, 'fetching Redis with apt-get', async () => {
    // The package with the server starts it as a service of the machine, which nobody asked for. This one holds the same
    // program under another name, and it does what the name says by which it is called.
    if (!(await aptInstall(['redis-tools'], signal))) return false
    await fillWhole(join(cacheFolder(), 'redis'), async (empty) => {
      symlinkSync(onPath('redis-check-rdb') ?? '/usr/bin/redis-check-rdb', join(empty, 'redis-server'))
    })
    return (await redisVersion(kept)) !== undefined || (await aptInstall(['redis-server'], signal))
  })
  signal?.throwIfAborted()
  const program = (await redisVersion(kept)) === undefined ? onPath('redis-server') : kept
  if (fetched && program) return program
  throw new TrialProblem(`${missing}; apt-get could not fetch it, as root or with sudo.`)
}

async function redisVersion(program: string): Promise<string | undefined> {
  const { status, output } = await run([program, '--version'])
  return status === 0 ? /\bserver v=(\S+)/i.exec(output)?.[1] : undefined
}
