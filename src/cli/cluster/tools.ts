import { spawn } from 'node:child_process'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Something of this machine keeps a trial cluster from running: one sentence that says what to do. */
export class TrialProblem extends Error {
  override readonly name = 'TrialProblem'
}

/** Tells the person who waits what is being done: a line on standard error. */
export type Say = (line: string) => void

export interface Ended {
  readonly status: number
  /** Both streams, in the order in which they came. */
  readonly output: string
}

/** Runs a program to its end; `signal` ends it. Status 127 when there is no such program. */
export function run(
  command: readonly string[],
  options: { environment?: Record<string, string>; folder?: string; signal?: AbortSignal | undefined } = {},
): Promise<Ended> {
  const [program, ...args] = command
  return new Promise((resolve) => {
    const child = spawn(program!, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.environment },
      ...(options.folder ? { cwd: options.folder } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes))
    child.on('error', (problem) => resolve({ status: 127, output: output + problem.message }))
    child.on('close', (status) => resolve({ status: status ?? 1, output }))
  })
}

/** Where a program of that name stands on PATH. */
export function onPath(name: string): string | undefined {
  return Bun.which(name) ?? undefined
}

/** Where engines that were fetched are kept, for all clusters of this user. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rookery', 'engines')
}

/**
 * Fills a folder whole or not at all: `fill` works in one beside it, which then takes its name. Two that do so at once
 * do the work twice, and the second finds the first one's.
 */
export async function fillWhole(folder: string, fill: (empty: string) => Promise<void>): Promise<void> {
  const empty = `${folder}.${process.pid}.part`
  rmSync(empty, { recursive: true, force: true })
  mkdirSync(empty, { recursive: true })
  try {
    await fill(empty)
    try {
      renameSync(empty, folder)
    } catch (problem) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((problem as NodeJS.ErrnoException).code ?? '')) throw problem
    }
  } finally {
    rmSync(empty, { recursive: true, force: true })
  }
}

/** Installs packages of Debian; false when this is no such machine or we may not. */
export async function aptInstall(packages: readonly string[], signal?: AbortSignal): Promise<boolean> {
  if (!onPath('apt-get')) return false
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const apt = (...args: string[]) =>
    run([...asRoot, 'apt-get', ...args], { environment: { DEBIAN_FRONTEND: 'noninteractive' }, signal })
  const install = () => apt('install', '--yes', '--no-install-recommends', ...packages)
  if ((await install()).status === 0) return true
  // A new machine has no list of packages yet.
  return (await apt('update')).status === 0 && (await install()).status === 0
}

/** The last lines of what a tool said, for a sentence about its failure. */
export function lastLines(output: string, count = 3): string {
  const lines = output.split('\n').map((line) => line.trim())
  return lines
    .filter((line) => line !== '')
    .slice(-count)
    .join(' / ')
}

/** Says what is being fetched, and how long it took; false is the word for not possible. */
export async function told<T>(say: Say, what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  say(`${what} …`)
  const result = await work()
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  say(`${what}: ${result === false ? 'not possible' : `done in ${seconds} s`}`)
  return result
}

/** The folder above the one in which that program stands, links followed. */
export function homeOf(program: string): string {
  return dirname(dirname(program))
}
