import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TrialNode } from './state.ts'

interface Wanted {
  readonly program: string
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly megabytes: number
}

/** Writes a Redis server's settings. It keeps nothing on disk: all it holds is rebuilt from Cassandra. */
export function makeRedisNode({ program, folder, host, port, megabytes }: Wanted): TrialNode {
  mkdirSync(folder, { recursive: true })
  const settings = join(folder, 'redis.conf')
  writeFileSync(
    settings,
    `bind ${host}
port ${port}
daemonize no
dir ${JSON.stringify(folder)}
save ""
appendonly no
maxmemory ${megabytes}mb
maxmemory-policy allkeys-lfu
`,
  )
  return { name: 'redis', kind: 'redis', host, port, folder, command: [program, settings] }
}
