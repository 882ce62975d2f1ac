import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OsProcess } from './os-process.ts'
import type { Ports } from './ports.ts'
import type { Programs } from './programs.ts'
import { TrialProblem } from './tools.ts'

export type Kind = 'cassandra' | 'redis' | 'nats'

/** One engine process of a trial cluster, with all that it takes to start it again. */
export interface TrialNode {
  /** `cassandra-1`, `redis`, `nats-3`. */
  readonly name: string
  readonly kind: Kind
  readonly host: string
  /** Where clients connect. */
  readonly port: number
  /** NATS: the monitoring port. Cassandra: the one of nodetool. */
  readonly monitor?: number
  /** Its settings, data and logs. */
  readonly folder: string
  readonly command: readonly string[]
  /** What was started last; it may be gone since. */
  process?: OsProcess
}

/** How large the engines of a trial cluster are. */
export interface Shape {
  /** Nodes at first; `add-node` adds to Cassandra's. */
  readonly cassandra: number
  readonly nats: number
  readonly cassandraHeapMegabytes: number
  readonly redisMegabytes: number
  /** Started for minutes: what only a load that lasts gains from is left out. */
  readonly brief: boolean
}

/** What stands in a trial cluster's folder; there are no secrets in it. */
export interface TrialState {
  readonly version: 1
  readonly programs: Programs
  readonly shape: Shape
  readonly ports: Ports
  readonly nodes: TrialNode[]
}

const fileOf = (folder: string) => join(folder, 'trial.json')

/** The state that stands in that folder; undefined when there is none. */
export function readState(folder: string): TrialState | undefined {
  if (!existsSync(fileOf(folder))) return undefined
  let state: TrialState | undefined
  try {
    state = JSON.parse(readFileSync(fileOf(folder), 'utf8')) as TrialState
  } catch {
    // Said below, like a file of another version.
  }
  if (state?.version === 1) return state
  throw new TrialProblem(`${fileOf(folder)} is not of this version: end its processes by hand, then remove ${folder}.`)
}

/** Replaces the state whole: whoever reads it meanwhile sees the old one or the new one. */
export function writeState(folder: string, state: TrialState): void {
  mkdirSync(folder, { recursive: true })
  const written = `${fileOf(folder)}.${process.pid}`
  writeFileSync(written, `${JSON.stringify(state, undefined, 2)}\n`)
  renameSync(written, fileOf(folder))
}

/** Removes the state, and the folder when nothing else is in it. */
export function removeState(folder: string): void {
  rmSync(fileOf(folder), { force: true })
  if (readdirSync(folder).length === 0) rmdirSync(folder)
}
