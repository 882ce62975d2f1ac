import { existsSync } from 'node:fs'
import { createApp } from '../app.ts'
import type { Config } from '../config.ts'
import { silentLog } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import { askControl, controlPath } from '../gateway/control.ts'
import { Usage } from '../options.ts'

/**
 * Asks the installation that the options name: the server that runs on its data folder, or, when none does, one that is
 * started in this process for the one question, on a free loopback port.
 */
export async function askInstallation<T>(config: Config, method: 'GET' | 'POST', request: string): Promise<T> {
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
