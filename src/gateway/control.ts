import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { MessageId } from '../core/ids.ts'
import { Refusal, type RefusalCode, refusals } from '../core/refusal.ts'
import type { Explanation } from '../services/explain.ts'
import type { Operators } from '../services/operators.ts'

/**
 * The control socket: how `./rookery token`, `explain` and `doctor` ask a server that runs. Plain HTTP on a Unix socket in
 * the data folder that only the server's own system user may open; nobody else can reach it, so it asks for no token.
 */

export interface ControlHandlers {
  /** A new token for the user. Throws `no_such_user`. */
  token(handle: string): Promise<string>
  /** Throws `no_such_user`. */
  explain(handle: string): Promise<Explanation>
  /** Messages whose fan-out failed for good, smallest ids first. */
  deadJobs(limit: number): Promise<readonly { id: MessageId; why: string }[]>
  /** Carries such a message out once more. */
  tryAgain(id: MessageId): Promise<void>
  /** What the operator does with accounts. */
  readonly operators: Operators
}

/** What `/dead-jobs` answers: at most `deadJobsToldMax`. */
export interface DeadJobs {
  readonly jobs: readonly { readonly id: string; readonly why: string }[]
}
const deadJobsToldMax = 100

export function controlPath(data: string): string {
  return join(resolve(data), 'control.sock')
}

/** How long `stop` waits for what is being answered. */
const answeredWithinMs = 2_000

/** Linux gives a socket's address 108 bytes, macOS 104; one is the closing zero. */
const addressBytesMax = 103

/**
 * Calls `use` with a path to the same socket that is short enough for the system: the path itself, or one through a
 * symbolic link in a temporary folder of our own, removed afterwards.
 */
export async function throughShortPath<T>(path: string, use: (short: string) => T | Promise<T>): Promise<T> {
  if (Buffer.byteLength(path) <= addressBytesMax) return await use(path)
  const folder = mkdtempSync(join(tmpdir(), 'rk-'))
  try {
    symlinkSync(dirname(path), join(folder, 'd'))
    return await use(join(folder, 'd', basename(path)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Serves the handlers at `path` (mode 0600) until `stop`. The caller holds the data folder's lock, so a socket found there
 * was left by a process that is gone.
 */
export async function createControl({
  path,
  ...handlers
}: ControlHandlers & { path: string }): Promise<{ stop(): Promise<void> }> {
  rmSync(path, { force: true })
  const server = await throughShortPath(path, (unix) => {
    const before = process.umask(0o177)
    try {
      return Bun.serve({ unix, fetch: (request) => answer(handlers, request) })
    } finally {
      process.umask(before)
    }
  })
  return {
    async stop() {
      // Whoever lost the answer would ask once more, and what they asked for be done twice.
      await Promise.race([server.stop(), Bun.sleep(answeredWithinMs)])
      await server.stop(true)
      rmSync(path, { force: true })
    },
  }
}

/** The jobs that were given up; with `again` each is first tried once more: what fails stays, with its reason. */
export async function deadJobsOf({ deadJobs, tryAgain }: ControlHandlers, again: boolean): Promise<DeadJobs> {
  if (again) for (const { id } of await deadJobs(deadJobsToldMax)) await tryAgain(id).catch(() => {})
  return { jobs: (await deadJobs(deadJobsToldMax)).map(({ id, why }) => ({ id: String(id), why })) }
}

async function answer(handlers: ControlHandlers, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const handle = (url.searchParams.get('handle') ?? '').toLowerCase()
  try {
    if (url.pathname === '/token' && request.method === 'POST') {
      return Response.json({ token: await handlers.token(handle) })
    }
    if (url.pathname === '/explain') return Response.json(await handlers.explain(handle))
    if (url.pathname === '/dead-jobs') return Response.json(await deadJobsOf(handlers, request.method === 'POST'))
    const act = /^\/user\/([a-z]+)$/.exec(url.pathname)?.[1]
    if (act !== undefined && request.method === 'POST' && Object.hasOwn(handlers.operators, act)) {
      // Whoever reaches this socket is the same program, in its own types.
      return Response.json(await handlers.operators[act as keyof Operators]((await request.json()) as never))
    }
    throw new Refusal('not_found', 'The control socket knows /token, /explain, /dead-jobs and /user/….')
  } catch (problem) {
    const code: RefusalCode = problem instanceof Refusal ? problem.code : 'internal'
    const detail = problem instanceof Error ? problem.message : String(problem)
    return Response.json({ code, detail }, { status: refusals[code].status })
  }
}

/**
 * Asks the server that holds this data folder.
 * @returns undefined when none runs. @throws Refusal with the server's answer.
 */
export async function askControl<T>(
  data: string,
  method: 'GET' | 'POST',
  request: string,
  json?: object,
): Promise<T | undefined> {
  const response = await throughShortPath(controlPath(data), (unix) =>
    fetch(`http://control${request}`, { method, unix, ...(json && { body: JSON.stringify(json) }) }).catch(
      () => undefined,
    ),
  )
  if (!response) return undefined
  const body = (await response.json()) as T & { code: RefusalCode; detail: string }
  if (!response.ok) throw new Refusal(body.code, body.detail)
  return body
}
