import { nodeText } from '../settings.ts'
import type { Servers } from './servers.ts'

/**
 * Settings of the servers in use that would hurt, one sentence each, naming the setting. None loses what was acknowledged,
 * for Redis holds nothing that is not made anew; so none is a reason not to start.
 */
export async function redisWarnings(servers: Pick<Servers, 'links'>): Promise<string[]> {
  const warnings: string[] = []
  for (const link of servers.links) {
    const { info } = link
    if (info === undefined) continue
    const redis = `Redis at ${nodeText(link.address)}`
    if (info.policy === 'noeviction') {
      warnings.push(
        `${redis} has maxmemory-policy noeviction and refuses writes when it is full: set allkeys-lfu, for all it holds can be made anew.`,
      )
    }
    if (!info.cluster) continue
    // Some hosts of Redis do not let one look.
    const setting = await link.send('CONFIG', ['GET', 'cluster-require-full-coverage']).catch(() => undefined)
    if (settingIn(setting) === 'yes') {
      warnings.push(`${redis} has cluster-require-full-coverage yes: one lost node stops all of them; set it to no.`)
    }
  }
  return warnings
}

/** Of the reply to CONFIG GET: a map, or a list where the server speaks the older protocol. */
function settingIn(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply[1]
  return reply !== null && typeof reply === 'object' ? Object.values(reply)[0] : undefined
}
