import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { askCassandra } from './ask-cassandra.ts'
import { makeCassandraNode } from './cassandra-node.ts'
import { natsDataFolder } from './nats-node.ts'
import { endProcess, isAlive, signalProcess, startDetached } from './os-process.ts'
import { chooseLocalPort, isFree, loopback } from './ports.ts'
import { outputFile, untilAcquainted, untilServing } from './ready.ts'
import { readState, removeState, type TrialNode, type TrialState, writeState } from './state.ts'
import { tokenForOneMore } from './tokens.ts'
import { type Say, TrialProblem } from './tools.ts'

/** Where the engines listen, as the options of `serve` want it: `host:port,…`. */
export interface Addresses {
  readonly cassandra: string
  readonly redis: string
  readonly nats: string
  readonly natsMonitor: string
  readonly replication: number
}

/** Cassandra takes up to 12 s to end by itself, and a busy machine more. */
const politeMsMax = 30_000

/** A cluster of real engines on this machine, whose state stands in a folder: any process may open it there. */
export interface Trial {
  readonly folder: string
  nodes(): readonly TrialNode[]
  addresses(): Addresses
  /** Starts what does not run, and resolves once all nodes know each other. When it fails, what it started is ended. */
  up(signal?: AbortSignal): Promise<void>
  /** Makes and starts a further Cassandra node, and resolves once it has joined; all others must run. */
  addCassandra(signal?: AbortSignal): Promise<TrialNode>
  /** Starts a node that has ended; resolves once it serves. */
  start(name: string, signal?: AbortSignal): Promise<void>
  /** Ends a node as an operator would. */
  stop(name: string): Promise<void>
  /** Ends a node as a crash would: SIGKILL. */
  kill(name: string): Promise<void>
  /** A node that hangs: it keeps its connections, and answers nothing until `resume`. */
  pause(name: string): void
  resume(name: string): void
  /** Deletes all data of a node that has ended. */
  wipe(name: string): void
  /** Ends every node; resolves to how many ran. `politeMs` 0 kills them. */
  down(politeMs?: number): Promise<number>
  /** Deletes all that a cluster has made that is down. */
  remove(): void
}

/** The trial cluster whose state stands in that folder; undefined when there is none. */
export function openTrial(path: string, say: Say): Trial | undefined {
  const folder = resolve(path)
  return readState(folder) ? trialIn(folder, say) : undefined
}

function trialIn(folder: string, say: Say): Trial {
  /** Read anew each time: another process may have added a node or ended one. */
  function state(): TrialState {
    const read = readState(folder)
    if (!read) throw new TrialProblem(`There is no trial cluster in ${folder}: \`rookery cluster up\` makes one.`)
    return read
  }

  function change(edit: (state: TrialState) => void): void {
    const read = state()
    edit(read)
    writeState(folder, read)
  }

  function nodeOf(name: string): TrialNode {
    const nodes = state().nodes
    const found = nodes.find((node) => node.name === name)
    if (found) return found
    throw new TrialProblem(`No node is called ${name}; there are ${nodes.map((node) => node.name).join(', ')}.`)
  }

  const runs = (node: TrialNode) => node.process !== undefined && isAlive(node.process)

  /** Starts a node's process; whether it comes up is not known yet. */
  async function launch(name: string): Promise<TrialNode> {
    const node = nodeOf(name)
    if (runs(node)) return node
    if (!(await isFree(node.host, node.port))) {
      throw new TrialProblem(
        `Port ${node.port} of ${node.host} is taken, and ${name} needs it: stop what listens there, or begin anew with \`rookery cluster down --delete\`.`,
      )
    }
    // Anything that comes between start and note would leave a process that nobody knows.
    const started = startDetached(node.command, outputFile(node))
    change(({ nodes }) => {
      nodes.find((other) => other.name === name)!.process = started
    })
    return nodeOf(name)
  }

  async function comeUp(name: string, signal?: AbortSignal): Promise<void> {
    const began = performance.now()
    const node = await launch(name)
    await untilServing(node, signal)
    const took = ((performance.now() - began) / 1000).toFixed(1)
    say(`${name} serves on ${node.host}:${node.port} after ${took} s`)
  }

  /** Runs `work`; when it fails, ends the nodes that ran after it and not before. */
  async function orEnd(work: () => Promise<void>): Promise<void> {
    const before = new Set(
      state()
        .nodes.filter(runs)
        .map((node) => node.name),
    )
    try {
      await work()
    } catch (problem) {
      const started = state().nodes.filter((node) => runs(node) && !before.has(node.name))
      await Promise.all(started.map((node) => endProcess(node.process!, 0)))
      throw problem
    }
  }

  const trial: Trial = {
    folder,
    nodes: () => state().nodes,

    addresses() {
      const { nodes, shape } = state()
      const list = (kind: string, port: (node: TrialNode) => number | undefined) =>
        nodes
          .filter((node) => node.kind === kind)
          .map((node) => `${node.host}:${port(node)}`)
          .join(',')
      return {
        cassandra: list('cassandra', (node) => node.port),
        redis: list('redis', (node) => node.port),
        nats: list('nats', (node) => node.port),
        natsMonitor: list('nats', (node) => node.monitor),
        replication: Math.min(3, shape.cassandra),
      }
    },

    up: (signal) =>
      orEnd(async () => {
        await together(signal, (either) => state().nodes.map(({ name }) => comeUp(name, either)))
        await untilAcquainted(state().nodes, signal)
      }),

    async addCassandra(signal) {
      const { nodes, ports, programs, shape } = state()
      const ring = nodes.filter((node) => node.kind === 'cassandra')
      const away = ring.find((node) => !runs(node))
      if (away)
        throw new TrialProblem(
          `${away.name} is down: a node joins only when all others run; \`rookery cluster up\` starts them.`,
        )
      const number = Math.max(...ring.map((node) => Number(node.name.split('-')[1]))) + 1
      const name = `cassandra-${number}`
      const members = await askCassandra(ring[0]!)
      const node = makeCassandraNode({
        program: programs.cassandra,
        name,
        folder: join(folder, name),
        host: loopback(number),
        port: ports.cassandra,
        storagePort: ports.cassandraStorage,
        jmxPort: await chooseLocalPort(),
        seeds: ring.slice(0, shape.cassandra).map((seed) => seed.host),
        token: tokenForOneMore(members.flatMap((member) => member.tokens)),
        joins: true,
        heapMegabytes: shape.cassandraHeapMegabytes,
        brief: shape.brief,
      })
      change((now) => now.nodes.push(node))
      try {
        await orEnd(async () => {
          await comeUp(name, signal)
          await untilAcquainted(state().nodes, signal)
        })
      } catch (problem) {
        change((now) =>
          now.nodes.splice(
            now.nodes.findIndex((other) => other.name === name),
            1,
          ),
        )
        rmSync(node.folder, { recursive: true, force: true })
        throw problem
      }
      return nodeOf(name)
    },

    start: (name, signal) => comeUp(name, signal),

    async stop(name) {
      const node = nodeOf(name)
      if (node.process) await endProcess(node.process, politeMsMax)
    },

    async kill(name) {
      const node = nodeOf(name)
      if (node.process) await endProcess(node.process, 0)
    },

    pause(name) {
      const node = nodeOf(name)
      if (!node.process || !signalProcess(node.process, 'SIGSTOP')) throw new TrialProblem(`${name} does not run.`)
    },

    resume(name) {
      const node = nodeOf(name)
      if (!node.process || !signalProcess(node.process, 'SIGCONT')) throw new TrialProblem(`${name} does not run.`)
    },

    wipe(name) {
      const node = nodeOf(name)
      if (runs(node)) throw new TrialProblem(`${name} still runs: end it before its data is deleted.`)
      // Redis keeps nothing on disk.
      if (node.kind === 'redis') return
      const data = join(node.folder, node.kind === 'nats' ? natsDataFolder : 'data')
      rmSync(data, { recursive: true, force: true })
      mkdirSync(data)
    },

    async down(politeMs = politeMsMax) {
      const running = state().nodes.filter(runs)
      await Promise.all(running.map((node) => endProcess(node.process!, politeMs)))
      return running.length
    },

    remove() {
      const { nodes } = state()
      if (nodes.some(runs))
        throw new TrialProblem(`${folder} still has nodes that run: \`rookery cluster down\` ends them.`)
      for (const node of nodes) rmSync(node.folder, { recursive: true, force: true })
      removeState(folder)
    },
  }
  return trial
}

/** Waits for all. When one fails the others are told to stop, and waited for: nothing goes on in the background. */
async function together(
  signal: AbortSignal | undefined,
  begin: (either: AbortSignal) => readonly Promise<void>[],
): Promise<void> {
  const failed = new AbortController()
  const works = begin(AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]))
  for (const work of works) work.catch((problem) => failed.abort(problem))
  await Promise.allSettled(works)
  if (failed.signal.aborted) throw failed.signal.reason
}
