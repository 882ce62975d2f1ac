/** People for a benchmark: a graph, its tokens, and messages of one size. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HttpJob, HttpOutcome } from './clients/http-load.ts'
import { type LoadedUser, loadGraph, readTokens, run } from './processes.ts'

/** Mulberry32, a small seeded generator, so that every run has the same people. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Users 0 to `users` − 1, each following `followees` different others. */
export function randomEdges(users: number, followees: number, seed = 1): [number, number][] {
  const random = seeded(seed)
  const edges: [number, number][] = []
  for (let reader = 0; reader < users; reader++) {
    const chosen = new Set<number>()
    while (chosen.size < Math.min(followees, users - 1)) {
      const followee = (random() * users) | 0
      if (followee !== reader) chosen.add(followee)
    }
    for (const followee of chosen) edges.push([reader, followee])
  }
  return edges
}

/**
 * Loads the edges into an empty data folder, with `messages` made-up ones of earlier days; the users by their number in
 * the edge list.
 */
export async function people(
  folder: string,
  data: string,
  edges: readonly [number, number][],
  messages = 0,
): Promise<LoadedUser[]> {
  const list = join(folder, 'graph.edges')
  const tokens = join(folder, 'tokens.tsv')
  writeFileSync(list, `${edges.map(([reader, followee]) => `${reader} ${followee}`).join('\n')}\n`)
  await loadGraph(data, list, ['--tokens', tokens, '--messages', String(messages)])
  const byNode: LoadedUser[] = []
  for (const user of readTokens(tokens)) byNode[Number(user.node)] = user
  return byNode
}

export function get(path: string, token: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`
}

export function put(path: string, token: string): string {
  return `PUT ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Length: 0\r\n\r\n`
}

export function send(token: string, text: string): string {
  const body = JSON.stringify({ text })
  return `POST /send HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

/** A text of exactly so many bytes of ASCII. */
export function textOf(bytes: number): string {
  return 'It was a bright cold day in April, and the clocks were striking thirteen. '.repeat(200).slice(0, bytes)
}

/** Runs the HTTP load client on requests written into `folder`. Throws when an answer was no success. */
export async function httpLoad(
  folder: string,
  requests: readonly string[],
  job: Omit<HttpJob, 'requests'>,
): Promise<HttpOutcome> {
  const file = join(folder, 'requests.jsonl')
  writeFileSync(file, `${requests.map((r) => JSON.stringify(r)).join('\n')}\n`)
  const outcome = await run<HttpOutcome>('bench/clients/http-load.ts', [], { ...job, requests: file })
  if (outcome.errors > 0) throw new Error(`${outcome.errors} requests failed, the first with: ${outcome.firstError}`)
  return outcome
}

/** Sends each request once, over 64 connections; for filling and warming up. */
export async function each(folder: string, port: number, requests: readonly string[]): Promise<void> {
  await httpLoad(folder, requests, { port, connections: 64, seconds: 600, warmUpSeconds: 0, pick: 'sequence' })
}
