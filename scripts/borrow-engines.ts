import { join, resolve } from 'node:path'
import { natsMonitorDistance } from '../src/cli/cluster/ports.ts'
import type { Addresses } from '../src/cli/cluster/trial.ts'

/** Engines of a test run: where they are, and how they are given back. */
export interface Engines {
  readonly addresses: Addresses
  /** The same as variables, for processes that test: they find these engines instead of starting some. */
  readonly environment: Readonly<Record<string, string>>
  giveBack(): Promise<void>
}

const names = {
  cassandra: 'ROOKERY_TEST_CASSANDRA',
  redis: 'ROOKERY_TEST_REDIS',
  nats: 'ROOKERY_TEST_NATS',
  natsMonitor: 'ROOKERY_TEST_NATS_MONITOR',
} as const

/**
 * Engines for tests, one server each: those that the environment names, else new ones, which end with this process at the
 * latest.
 * @throws an error that says in one sentence why there are none.
 */
export async function borrowEngines(environment: Record<string, string | undefined> = process.env): Promise<Engines> {
  const given = givenAddresses(environment)
  if (given) return { addresses: given, environment: variables(given), giveBack: async () => {} }
  const child = Bun.spawn([process.execPath, join(resolve(import.meta.dir), 'engines.ts')], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  // A child that is waited for would keep a test process alive that has nothing else to do.
  child.unref()
  const errors = new Response(child.stderr).text()
  const line = await firstLine(child.stdout)
  if (line === undefined) throw new Error((await errors).trim().split('\n').at(-1) || 'no engines')
  const addresses = JSON.parse(line) as Addresses
  return {
    addresses,
    environment: variables(addresses),
    async giveBack() {
      await child.stdin.end()
      await child.exited
    },
  }
}

function givenAddresses(environment: Record<string, string | undefined>): Addresses | undefined {
  const { [names.cassandra]: cassandra, [names.redis]: redis, [names.nats]: nats } = environment
  if (!cassandra && !redis && !nats) return undefined
  if (!cassandra || !redis || !nats) {
    throw new Error(`${names.cassandra}, ${names.redis} and ${names.nats} belong together: set all of them, or none.`)
  }
  const natsMonitor = environment[names.natsMonitor] || monitorsOf(nats)
  return { cassandra, redis, nats, natsMonitor, replication: 1 }
}

function monitorsOf(nats: string): string {
  return nats.replace(/:(\d+)/g, (_, port: string) => `:${Number(port) + natsMonitorDistance}`)
}

function variables(addresses: Addresses): Record<string, string> {
  return Object.fromEntries(Object.entries(names).map(([key, name]) => [name, addresses[key as keyof typeof names]]))
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | undefined> {
  let text = ''
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk)
    const end = text.indexOf('\n')
    if (end >= 0) return text.slice(0, end)
  }
  return undefined
}
