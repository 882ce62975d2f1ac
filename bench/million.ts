/** The large graph: made by `rookery load` once, kept in .cache/ for the benchmarks that only read it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadGraph, root } from './processes.ts'

export interface Million {
  readonly data: string
  readonly graph: string
  readonly users: number
  /** What `rookery load` took, and what it left on the disk, on the day it was made. */
  readonly loadSeconds: number
  readonly diskBytes: number
}

export function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? folderBytes(path) : statSync(path).isFile() ? statSync(path).size : 0)
  }, 0)
}

export function millionGraph(scale: number): { users: number; graph: string } {
  const users = Math.max(10_000, Math.round(1_000_000 * scale))
  return { users, graph: `synthetic:users=${users},mean=100,max=${users / 2},seed=1` }
}

/** Loads the graph, or takes the one that is there unless `fresh`. */
export async function million(scale: number, fresh: boolean, say: (line: string) => void): Promise<Million> {
  const { users, graph } = millionGraph(scale)
  const folder = join(root, '.cache', `bench-${users}`)
  const note = join(folder, 'loaded.json')
  if (!fresh && existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')) as Million
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const data = join(folder, 'data')
  say(`loading ${graph}`)
  const loadSeconds = await loadGraph(data, graph)
  const loaded: Million = { data, graph, users, loadSeconds, diskBytes: folderBytes(data) }
  writeFileSync(note, JSON.stringify(loaded))
  return loaded
}
