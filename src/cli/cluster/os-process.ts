import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** A process that may outlive us. `began` tells it from a later one that got the same number. */
export interface OsProcess {
  readonly pid: number
  readonly began: string
}

/** Starts a process in a session of its own, so that neither our end nor Ctrl-C in our terminal reaches it. */
export function startDetached(
  command: readonly string[],
  log: string,
  environment: Record<string, string> = {},
): OsProcess {
  mkdirSync(dirname(log), { recursive: true })
  const out = openSync(log, 'a')
  try {
    const [program, ...args] = command
    const child = spawn(program!, args, {
      detached: true,
      stdio: ['ignore', out, out],
      cwd: dirname(log),
      env: { ...process.env, ...environment },
    })
    // A program that cannot be started has no pid; what is wrong with it is said by the wait that follows.
    child.on('error', () => {})
    child.unref()
    const pid = child.pid ?? 0
    return { pid, began: look(pid)?.began ?? 'never' }
  } finally {
    closeSync(out)
  }
}

/** The process that runs this. */
export function thisProcess(): OsProcess {
  return { pid: process.pid, began: look(process.pid)?.began ?? 'never' }
}

/** Whether that process still runs; a zombie does not, though `kill(pid, 0)` would find it. */
export function isAlive({ pid, began }: OsProcess): boolean {
  const seen = look(pid)
  return seen !== undefined && seen.began === began && !/^[ZX]/.test(seen.state)
}

/** Sends a signal to that process, and to no later one of the same number; says whether it was there. */
export function signalProcess(target: OsProcess, signal: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false
  try {
    process.kill(target.pid, signal)
    return true
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw problem
  }
}

/** Asks it to end, and ends it when it has not within `politeMs`; resolves when it is gone. */
export async function endProcess(target: OsProcess, politeMs: number): Promise<void> {
  if (politeMs > 0 && signalProcess(target, 'SIGTERM')) {
    // One that is stopped would never hear it.
    signalProcess(target, 'SIGCONT')
    if (await isGoneWithin(target, politeMs)) return
  }
  signalProcess(target, 'SIGKILL')
  if (!(await isGoneWithin(target, killedMsMax))) {
    throw new Error(`process ${target.pid} does not end, not even when killed`)
  }
}

/** The kernel ends a killed process at once, unless a disk keeps it. */
const killedMsMax = 20_000
const lookAgainMs = 20

async function isGoneWithin(target: OsProcess, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (isAlive(target)) {
    if (performance.now() > deadline) return false
    await Bun.sleep(lookAgainMs)
  }
  return true
}

/** Resident memory in bytes; undefined when the process is gone. */
export function residentBytes({ pid }: OsProcess): number | undefined {
  if (existsSync(`/proc/${pid}/status`)) {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  }
  const kilobytes = Number(ps(pid, 'rss='))
  return kilobytes > 0 ? kilobytes * 1024 : undefined
}

function look(pid: number): { state: string; began: string } | undefined {
  if (pid <= 0) return undefined
  if (!existsSync('/proc/self/stat')) {
    // macOS has no /proc.
    const [state, ...began] = ps(pid, 'stat=,lstart=').split(/\s+/)
    return state ? { state, began: began.join(' ') } : undefined
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name stands in brackets and may hold anything, brackets too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0]!, began: fields[19]! }
  } catch {
    return undefined
  }
}

function ps(pid: number, what: string): string {
  return spawnSync('ps', ['-o', what, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? ''
}
