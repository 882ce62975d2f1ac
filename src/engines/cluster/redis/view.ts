import type { Engines } from '../../../core/wire-operations.ts'
import { nodeText } from '../settings.ts'
import type { Servers } from './servers.ts'

/** The servers in use, and what their keys take as far as they say so. */
export function viewOf(servers: Pick<Servers, 'links'>): Promise<Engines['redis']> {
  return Promise.all(
    servers.links.map(async (link) => {
      const memory = await link.send('INFO', ['memory']).catch(() => '')
      const used = /^used_memory:(\d+)/m.exec(String(memory))?.[1]
      return {
        address: nodeText(link.address),
        up: link.usable,
        ...(link.info && { version: link.info.version }),
        ...(used !== undefined && { usedBytes: Number(used) }),
      }
    }),
  )
}
