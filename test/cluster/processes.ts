import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Addresses } from '../../src/cli/cluster/trial.ts'
import { ServerProcess } from '../system/server.ts'
import { newKeyspace } from './cassandra.ts'
import { dropInstallation } from './cluster.ts'
import { testEngines } from './engines.ts'

/** Processes of one installation, of any roles, on the engines that tests share. */
export class Installation {
  readonly keyspace: string
  /** Where uploads are: one place for all. */
  readonly data: string
  readonly #processes: ServerProcess[] = []
  readonly #places: Partial<Addresses>

  /**
   * `places`: engines that are elsewhere than those that tests share, such as behind a proxy. `same`: an installation whose
   * processes reach it otherwise; it is removed with that.
   */
  constructor(places: Partial<Addresses> = {}, same?: Pick<Installation, 'keyspace' | 'data'>) {
    this.#places = places
    this.keyspace = same?.keyspace ?? newKeyspace()
    this.data = same?.data ?? mkdtempSync(join(tmpdir(), 'rookery-'))
  }

  /** Starts a process; resolves once it listens. */
  async start(roles = 'gateway,publish,fanout,notify', more: readonly string[] = []): Promise<ServerProcess> {
    const process = await this.prepare(roles, more)
    await process.start()
    return process
  }

  /** A process that is still to be started. */
  async prepare(roles: string, more: readonly string[] = []): Promise<ServerProcess> {
    const process = new ServerProcess(this.data, [...(await this.options()), '--roles', roles, ...more])
    this.#processes.push(process)
    return process
  }

  /** What names the installation to every command. */
  async options(): Promise<string[]> {
    const { cassandra, redis, nats, natsMonitor } = { ...(await testEngines()), ...this.#places }
    return [
      ...['--engine', 'cluster', '--keyspace', this.keyspace, '--replication', '1'],
      ...['--cassandra', cassandra, '--redis', redis, '--nats', nats, '--nats-monitor', natsMonitor],
    ]
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.end('SIGKILL')))
  }

  /** Ends what still runs, and takes away what was stored. */
  async remove(): Promise<void> {
    await this.end()
    rmSync(this.data, { recursive: true })
    await dropInstallation(this.keyspace)
  }
}
