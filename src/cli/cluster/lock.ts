import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { endProcess, isAlive, type OsProcess, thisProcess } from './os-process.ts'
import { TrialProblem } from './tools.ts'

/** Beneath the trial's folder: which command is changing it. */
export const lockName = 'busy.json'

/**
 * Runs `work` while no other command changes that trial.
 * @throws TrialProblem when another one does.
 */
export async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, lockName)
  makeFolder(folder)
  if (holder(lock) === undefined) rmSync(lock, { force: true })
  try {
    writeFileSync(lock, JSON.stringify(thisProcess()), { flag: 'wx' })
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code !== 'EEXIST') throw problem
    const pid = holder(lock)?.pid
    throw new TrialProblem(
      `Another command works on ${folder}${pid ? ` (process ${pid})` : ''}: wait for it, or end it.`,
    )
  }
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (problem) {
    const { code } = problem as NodeJS.ErrnoException
    throw new TrialProblem(`${folder} is no folder that can be written (${code}): give --dir another one.`)
  }
}

/** Ends a command that is changing that trial, and lets it end what it started. */
export async function endOther(folder: string): Promise<void> {
  const other = holder(join(folder, lockName))
  if (other) await endProcess(other, otherMsMax)
}

const otherMsMax = 20_000

/** The process that holds the lock; undefined when it is gone. */
function holder(lock: string): OsProcess | undefined {
  if (!existsSync(lock)) return undefined
  try {
    const found = JSON.parse(readFileSync(lock, 'utf8')) as OsProcess
    return isAlive(found) ? found : undefined
  } catch {
    return undefined
  }
}
