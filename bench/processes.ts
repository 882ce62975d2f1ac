/** Child processes of the benchmarks: the server, the bare limits and the clients each run in one of their own. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const root = resolve(import.meta.dir, '..')

/** A folder that is removed with everything in it when `use` has ended. */
export async function inTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-bench-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface Started {
  readonly port: number
  readonly pid: number
  /** Milliseconds from the spawn to its `listening on` line. */
  readonly startMs: number
  /** SIGTERM, then waits until it is gone. */
  stop(): Promise<void>
  /** SIGKILL, then waits until it is gone. */
  kill(): Promise<void>
  /** Resolves when it has ended, however. */
  readonly exited: Promise<unknown>
}

/** Everything still running, so that an interrupted benchmark leaves nothing behind. */
const running = new Set<{ kill(signal?: NodeJS.Signals): void }>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a script that prints `listening on http://HOST:PORT` when it is ready. */
export async function start(file: string, args: readonly string[] = []): Promise<Started> {
  const began = performance.now()
  const child = Bun.spawn([process.execPath, join(root, file), ...args], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  running.add(child)
  const errors = new Response(child.stderr).text()
  let said = ''
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk)
    const port = /listening on http:\/\/[^\s/]*:(\d+)/.exec(said)?.[1]
    if (port === undefined) continue
    const end = async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await child.exited
      running.delete(child)
    }
    return {
      port: Number(port),
      pid: child.pid,
      startMs: performance.now() - began,
      stop: () => end('SIGTERM'),
      kill: () => end('SIGKILL'),
      exited: child.exited,
    }
  }
  running.delete(child)
  throw new Error(`${file} ended before it listened: ${said}${await errors}`)
}

/** `./rookery serve`, rate limits off, on a free port unless `port` names one. */
export function startRookery(data: string, port = 0, more: readonly string[] = []): Promise<Started> {
  return start('src/main.ts', ['serve', '--port', String(port), '--data', data, '--rate-limits', 'off', ...more])
}

/** Runs a script to its end and reads the one JSON value it prints; `job` goes to it as JSON on standard input. */
export async function run<T>(file: string, args: readonly string[] = [], job?: unknown): Promise<T> {
  const child = Bun.spawn([process.execPath, join(root, file), ...args], {
    cwd: root,
    stdin: job === undefined ? 'ignore' : new Blob([JSON.stringify(job)]),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  running.add(child)
  const [output, errors, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  running.delete(child)
  if (status !== 0) throw new Error(`${file} ended with status ${status}: ${errors || output}`)
  return (output.trim() === '' ? undefined : JSON.parse(output)) as T
}

/** Runs a script to its end, whatever it prints. */
export async function toTheEnd(file: string, args: readonly string[]): Promise<void> {
  const child = Bun.spawn([process.execPath, join(root, file), ...args], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  })
  running.add(child)
  const [errors, status] = await Promise.all([new Response(child.stderr).text(), child.exited])
  running.delete(child)
  if (status !== 0) throw new Error(`${file} ${args[0] ?? ''} ended with status ${status}: ${errors}`)
}

/** `./rookery load`; resolves to the seconds it took. */
export async function loadGraph(data: string, graph: string, more: readonly string[] = []): Promise<number> {
  const began = performance.now()
  await toTheEnd('src/main.ts', ['load', graph, '--data', data, ...more])
  return (performance.now() - began) / 1000
}

export interface LoadedUser {
  readonly node: string
  readonly userId: string
  readonly handle: string
  readonly token: string
}

/** The file that `rookery load --tokens` wrote. */
export function readTokens(file: string): LoadedUser[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [node, userId, handle, token] = line.split('\t')
      return { node: node!, userId: userId!, handle: handle!, token: token! }
    })
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const status = `/proc/${pid}/status`
  if (existsSync(status)) return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) * 1024
  const ps = Bun.spawnSync(['ps', '-o', 'rss=', '-p', String(pid)])
  return Number(ps.stdout.toString()) * 1024
}
