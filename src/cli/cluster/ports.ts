import { createServer } from 'node:net'
import { TrialProblem } from './tools.ts'

/** The ports of a trial cluster, the same on each of its loopback addresses. */
export interface Ports {
  readonly cassandra: number
  readonly cassandraStorage: number
  readonly redis: number
  /** Clients of NATS; its monitoring port is this one plus 4000, as `serve` takes it. */
  readonly nats: number
  readonly natsRoute: number
}

/** The loopback address of the nth node, from 1. */
export function loopback(n: number): string {
  return `127.0.0.${n}`
}

/** From `--nats` to `--nats-monitor`. */
export const natsMonitorDistance = 4_000

/**
 * Free ports for so many nodes: the usual ones where they are free (a machine may have engines of its own), or any. Those
 * who start several clusters at the same moment want any: a port is only taken once its engine listens.
 */
export async function choosePorts(nodes: number, which: 'usual' | 'any'): Promise<Ports> {
  const hosts = Array.from({ length: nodes }, (_, index) => loopback(index + 1))
  const taken = new Set<number>()
  const choose = async (usual: number, distances = [0]) => {
    const port = await chooseFree(which === 'usual' ? usual : anyPort(), hosts, distances, taken)
    for (const distance of distances) taken.add(port + distance)
    return port
  }
  return {
    cassandra: await choose(9042),
    cassandraStorage: await choose(7000),
    redis: await choose(6379),
    nats: await choose(4222, [0, natsMonitorDistance]),
    natsRoute: await choose(6222),
  }
}

/** A port that is free on 127.0.0.1: the usual one, else any. */
export function chooseLocalPort(usual?: number): Promise<number> {
  return chooseFree(usual ?? anyPort(), [loopback(1)], [0], new Set())
}

/** Below the ports from which systems give to clients (Linux: from 32768), so that none is taken between look and use. */
const least = 15_000
const most = 27_000
const triesMax = 200

const anyPort = () => least + Math.floor(Math.random() * (most - least))

async function chooseFree(first: number, hosts: string[], distances: number[], taken: Set<number>): Promise<number> {
  for (let tries = 0; tries < triesMax; tries++) {
    const port = tries === 0 ? first : anyPort()
    const wanted = distances.map((distance) => port + distance)
    if (wanted.some((one) => taken.has(one))) continue
    const free = await Promise.all(hosts.flatMap((host) => wanted.map((one) => isFree(host, one))))
    if (free.every(Boolean)) return port
  }
  throw new TrialProblem(`No port is free on ${hosts.join(', ')}: stop what listens there.`)
}

/**
 * Whether nothing listens there.
 * @throws TrialProblem when that is no address of this machine.
 */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (problem: NodeJS.ErrnoException) => {
      if (problem.code !== 'EADDRNOTAVAIL') resolve(false)
      else {
        const how = process.platform === 'darwin' ? `: run \`sudo ifconfig lo0 alias ${host}\`` : ''
        reject(new TrialProblem(`${host} is no address of this machine${how}.`))
      }
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
