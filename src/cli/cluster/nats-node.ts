import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { natsMonitorDistance } from './ports.ts'
import type { TrialNode } from './state.ts'

interface Wanted {
  readonly program: string
  readonly name: string
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly routePort: number
  /** Addresses of all servers, this one included; one alone is no cluster. */
  readonly hosts: readonly string[]
}

/** Where a NATS server's streams stand, beneath its folder: deleting it is the loss of all its data. */
export const natsDataFolder = 'data'

/** Writes a NATS server's settings: what it has acknowledged is on disk, and its monitoring port shows that it is. */
export function makeNatsNode({ program, name, folder, host, port, routePort, hosts }: Wanted): TrialNode {
  mkdirSync(folder, { recursive: true })
  const settings = join(folder, 'nats.conf')
  const monitor = port + natsMonitorDistance
  const routes = hosts.map((other) => `nats://${other}:${routePort}`).join(', ')
  const cluster = `cluster { name: trial, listen: "${host}:${routePort}", routes: [${routes}] }\n`
  writeFileSync(
    settings,
    `server_name: ${name}
listen: "${host}:${port}"
http: "${host}:${monitor}"
jetstream { store_dir: ${JSON.stringify(join(folder, natsDataFolder))}, sync_interval: always }
${hosts.length > 1 ? cluster : ''}`,
  )
  return { name, kind: 'nats', host, port, monitor, folder, command: [program, '--config', settings] }
}
