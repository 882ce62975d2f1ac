import { existsSync } from 'node:fs'
import { createApp } from '../app.ts'
import { createServices } from '../app-services.ts'
import type { Config } from '../config.ts'
import { silentLog } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { ClusterEngine } from '../engines/cluster/index.ts'
import { askControl, type ControlHandlers, controlPath } from '../gateway/control.ts'
import { createMetrics } from '../gateway/metrics.ts'
import { Usage } from '../options.ts'
import type { Explanation } from '../services/explain.ts'

/**
 * A new token for the user with that handle.
 * @throws Refusal `no_such_user`, and what opening an installation throws
 */
export async function newToken(config: Config, handle: string): Promise<string> {
  if (config.engine === 'cluster') return onCluster(config, ({ token }) => token(handle.toLowerCase()))
  const path = `/token?handle=${encodeURIComponent(handle)}`
  return (await askInstallation<{ token: string }>(config, 'POST', path)).token
}

/** Why that reader's timeline costs what it costs. Throws as `newToken`. */
export function explanation(config: Config, handle: string): Promise<Explanation> {
  if (config.engine === 'cluster') return onCluster(config, ({ explain }) => explain(handle.toLowerCase()))
  return askInstallation<Explanation>(config, 'GET', `/explain?handle=${encodeURIComponent(handle)}`)
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
    })
    return await ask(services.control, engine)
  } finally {
    await engine.close()
  }
}

/**
 * Asks the installation that the options name: the server that runs on its data folder, or, when none does, one that is
 * started in this process for the one question, on a free loopback port.
 */
async function askInstallation<T>(config: Config, method: 'GET' | 'POST', request: string): Promise<T> {
  if (config.engine !== 'embedded') throw new Usage(`--engine ${config.engine} has no data folder to ask.`)
  const answer = await askControl<T>(config.data, method, request)
  if (answer !== undefined) return answer
  if (!existsSync(config.data)) {
    throw new Refusal('not_found', `There is no data folder at ${config.data}; name it with --data.`)
  }
  const app = await createApp({ ...config, host: '127.0.0.1', port: 0 }, { log: silentLog })
  try {
    const own = await askControl<T>(config.data, method, request)
    if (own === undefined) throw new Refusal('unavailable', `Nothing answers at ${controlPath(config.data)}.`)
    return own
  } finally {
    await app.stop()
  }
}
