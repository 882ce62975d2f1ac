import { type App, createApp } from '../app.ts'
import { createServices } from '../app-services.ts'
import { type Config, roles } from '../config.ts'
import { silentLog } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { ClusterEngine } from '../engines/cluster/index.ts'
import { hasDatabase } from '../engines/embedded/backup.ts'
import { DataFolderLocked } from '../engines/embedded/lock.ts'
import { askControl, type ControlHandlers, controlPath } from '../gateway/control.ts'
import { createMetrics } from '../gateway/metrics.ts'
import { Usage } from '../options.ts'
import type { Explanation } from '../services/explain.ts'
import type { Operators } from '../services/operators.ts'

/**
 * A new token for the user with that handle.
 * @throws Refusal `no_such_user`, and what opening an installation throws
 */
export async function newToken(config: Config, handle: string): Promise<string> {
  if (config.engine === 'cluster') return onCluster(config, ({ token }) => token(handle.toLowerCase()))
  const path = `/token?handle=${encodeURIComponent(handle)}`
  return (await asking(config, (ask) => ask<{ token: string }>('POST', path))).token
}

/** Why that reader's timeline costs what it costs. Throws as `newToken`. */
export function explanation(config: Config, handle: string): Promise<Explanation> {
  if (config.engine === 'cluster') return onCluster(config, ({ explain }) => explain(handle.toLowerCase()))
  return asking(config, (ask) => ask<Explanation>('GET', `/explain?handle=${encodeURIComponent(handle)}`))
}

/** Gives `work` what the operator does with accounts, all of it of one opening. Throws as `newToken`. */
export function withOperators<T>(config: Config, work: (operators: Operators) => Promise<T>): Promise<T> {
  if (config.engine === 'cluster') return onCluster(config, ({ operators }) => work(operators))
  return asking(config, (ask) => {
    const get = (_: object, act: string) => (what: object) => ask('POST', `/user/${act}`, what)
    return work(new Proxy({}, { get }) as Operators)
  })
}

/** On a cluster any process may ask the engines themselves, beside those that serve. Throws what opening them does. */
export async function onCluster<T>(
  config: Config,
  ask: (control: ControlHandlers, engine: ClusterEngine) => Promise<T>,
  log = silentLog,
): Promise<T> {
  const { openClusterOf } = await import('../app-cluster.ts')
  const engine = await openClusterOf({ ...config, roles: [] }, '', log, () => {}, true)
  try {
    const services = createServices({
      config,
      engine,
      metrics: createMetrics(),
      log: silentLog,
      bodiesBytesMax: config.memoryBytes,
      tokenCachedMs: undefined,
      verifySigned: undefined,
      lastingQueue: true,
      blobs: undefined,
    })
    // As a server does before it serves: without it those who are suspended or deleted count as there.
    await services.withdrawn.load()
    return await ask(services.control, engine)
  } finally {
    await engine.close()
  }
}

/** How long a server may take to begin, or another command to end, before one gives up on asking it. */
const lockedWithinMs = 5_000
const askAgainMs = 50

/** Not a gateway: uploads may be where these options do not say (`--media`), and one looks there for what is to be removed. */
const behindGateway = roles.filter((role) => role !== 'gateway')

type Ask = <T>(method: 'GET' | 'POST', request: string, json?: object) => Promise<T>

/**
 * Lets `work` ask the installation that the options name: the server that runs on its data folder, or, when none does, one
 * that is started in this process until `work` has ended, on a free loopback port.
 */
async function asking<T>(config: Config, work: (ask: Ask) => Promise<T>): Promise<T> {
  if (config.engine !== 'embedded') throw new Usage(`--engine ${config.engine} has no data folder to ask.`)
  let app: App | undefined
  const deadline = performance.now() + lockedWithinMs
  const ask: Ask = async (method, request, json) => {
    const answer = await askControl<never>(config.data, method, request, json)
    if (answer !== undefined) return answer
    if (app !== undefined) throw new Refusal('unavailable', `Nothing answers at ${controlPath(config.data)}.`)
    if (!hasDatabase(config.data)) {
      throw new Refusal('not_found', `There is no installation in ${config.data}: name its data folder with --data.`)
    }
    app = await openUnlessLocked(config)
    if (app === undefined && performance.now() > deadline) throw new DataFolderLocked(config.data)
    if (app === undefined) await Bun.sleep(askAgainMs)
    return ask(method, request, json)
  }
  try {
    return await work(ask)
  } finally {
    await app?.stop()
  }
}

/** Undefined while another process has the folder. */
async function openUnlessLocked(config: Config): Promise<App | undefined> {
  try {
    return await createApp({ ...config, host: '127.0.0.1', port: 0, roles: behindGateway }, { log: silentLog })
  } catch (problem) {
    if (problem instanceof DataFolderLocked) return undefined
    throw problem
  }
}
