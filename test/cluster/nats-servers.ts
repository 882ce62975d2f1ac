import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findNats } from '../../src/cli/cluster/fetch-nats.ts'
import { endProcess, isAlive, type OsProcess, signalProcess, startDetached } from '../../src/cli/cluster/os-process.ts'
import { choosePorts, loopback, natsMonitorDistance } from '../../src/cli/cluster/ports.ts'
import type { NatsSettings, NodeAddress } from '../../src/engines/cluster/settings.ts'
import { until } from '../until.ts'

export interface ServersShape {
  readonly servers?: number
  /** The `jetstream` block, or each server's own; false leaves it out. Default: everything is synced at once. */
  readonly jetstream?: string | false | ((n: number) => string)
  /** Further lines of the configuration. */
  readonly more?: string
}

/** NATS servers of a test's own, which may be broken. */
export interface NatsServers {
  readonly settings: NatsSettings
  readonly monitors: readonly NodeAddress[]
  /** Ends server `n` as a crash would. */
  kill(n: number): Promise<void>
  /** Starts it again; resolves once it serves. */
  start(n: number): Promise<void>
  /** It keeps its connections and answers nothing, until `resume`. */
  pause(n: number): void
  resume(n: number): void
  /** Deletes the data of a server that has ended. */
  wipe(n: number): void
  end(): Promise<void>
}

const safe = 'sync_interval: always'

export async function startServers({
  servers = 1,
  jetstream = safe,
  more = '',
}: ServersShape = {}): Promise<NatsServers> {
  const program = await findNats(() => {})
  const folder = mkdtempSync(join(tmpdir(), 'rookery-nats-'))
  const ports = await choosePorts(servers, 'any')
  const hosts = Array.from({ length: servers }, (_, i) => loopback(i + 1))
  const processes: (OsProcess | undefined)[] = hosts.map(() => undefined)
  const data = (n: number) => join(folder, `data${n}`)

  for (const [i, host] of hosts.entries()) {
    const routes = hosts.map((other) => `nats://${other}:${ports.natsRoute}`).join(', ')
    const lines = [
      `server_name: n${i + 1}`,
      `listen: "${host}:${ports.nats}"`,
      `http: "${host}:${ports.nats + natsMonitorDistance}"`,
      jetstream === false
        ? ''
        : `jetstream { store_dir: ${JSON.stringify(data(i))}, ${typeof jetstream === 'string' ? jetstream : jetstream(i)} }`,
      servers > 1 ? `cluster { name: test, listen: "${host}:${ports.natsRoute}", routes: [${routes}] }` : '',
      more,
    ]
    writeFileSync(join(folder, `n${i}.conf`), lines.join('\n'))
  }

  function launch(n: number): void {
    mkdirSync(data(n), { recursive: true })
    processes[n] = startDetached([program, '--config', join(folder, `n${n}.conf`)], join(folder, `n${n}.log`))
  }

  async function serves(n: number): Promise<boolean> {
    try {
      const url = `http://${hosts[n]}:${ports.nats + natsMonitorDistance}/healthz`
      const response = await fetch(url, { signal: AbortSignal.timeout(500) })
      return response.ok
    } catch {
      return false
    }
  }

  async function started(n: number): Promise<void> {
    const up = async () => {
      // The threads of one that was killed may hold its ports for a moment after it is gone.
      if (!isAlive(processes[n]!)) launch(n)
      return serves(n)
    }
    await until(up, 30_000, `NATS server ${n} serves`)
  }

  hosts.forEach((_, n) => void launch(n))
  await Promise.all(hosts.map((_, n) => started(n)))
  return {
    settings: { nodes: hosts.map((host) => ({ host, port: ports.nats })) },
    monitors: hosts.map((host) => ({ host, port: ports.nats + natsMonitorDistance })),
    kill: (n) => endProcess(processes[n]!, 0),
    async start(n) {
      launch(n)
      await started(n)
    },
    pause: (n) => void signalProcess(processes[n]!, 'SIGSTOP'),
    resume: (n) => void signalProcess(processes[n]!, 'SIGCONT'),
    wipe: (n) => rmSync(data(n), { recursive: true, force: true }),
    async end() {
      await Promise.all(processes.map((process) => process && endProcess(process, 0)))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
