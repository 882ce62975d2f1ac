import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { Refusal } from '../core/refusal.ts'

/** A figure that is read when metrics are asked for. */
export interface Reading {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  read(): number | Promise<number>
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 300]

export type Metrics = ReturnType<typeof createMetrics>

/** The process's metrics: every name begins with `rookery_`; seconds and bytes. */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'rookery_' })
  const accepted = new Histogram({
    name: 'rookery_publish_accepted_seconds',
    help: 'Time from a text at hand to the message durable and answered',
    buckets: seconds,
    registers: [registry],
  })
  const visible = new Histogram({
    name: 'rookery_publish_visible_seconds',
    help: 'Time from a message’s id to the end of its fan-out: its last follower has it',
    buckets: seconds,
    registers: [registry],
  })
  const pushed = new Histogram({
    name: 'rookery_push_seconds',
    help: 'Time of requests to push services, by whether they were answered',
    labelNames: ['answered'],
    buckets: seconds,
    registers: [registry],
  })
  const engineCalls = new Histogram({
    name: 'rookery_engine_call_seconds',
    help: 'Time of calls to the engines of a cluster, by engine, kind of call and outcome',
    labelNames: ['engine', 'call', 'outcome'],
    buckets: seconds,
    registers: [registry],
  })
  const byCall = new Map<string, { observe(seconds: number): void }>()
  return {
    registry,
    accepted: (ms: number) => accepted.observe(ms / 1_000),
    visible: (ms: number) => visible.observe(ms / 1_000),
    pushed: (ms: number, answered: boolean) => pushed.labels(String(answered)).observe(ms / 1_000),
    engineCall(engine: string, call: string, ms: number, failed: boolean): void {
      const outcome = failed ? 'failed' : 'ok'
      const key = `${engine} ${call} ${outcome}`
      let one = byCall.get(key)
      if (one === undefined) byCall.set(key, (one = engineCalls.labels(engine, call, outcome)))
      one.observe(ms / 1_000)
    },
    /** A gauge of many kinds, with the label `kind`; those that are not told are left out. */
    addKinds(name: string, help: string, read: () => Readonly<Record<string, number>>): void {
      new Gauge({
        name: `rookery_${name}`,
        help,
        labelNames: ['kind'],
        registers: [registry],
        collect() {
          this.reset()
          for (const [kind, value] of Object.entries(read())) this.set({ kind }, value)
        },
      })
    },
    add(readings: readonly Reading[]): void {
      for (const { name, help, type, read } of readings) {
        const shared = { name: `rookery_${name}`, help, registers: [registry] }
        if (type === 'gauge') {
          new Gauge({
            ...shared,
            async collect() {
              this.set(await known(read))
            },
          })
        } else {
          new Counter({
            ...shared,
            async collect() {
              this.reset()
              this.inc(await read())
            },
          })
        }
      }
    },
  }
}

/** A figure that an engine does not tell at the moment is not a number, and takes no other one along. */
async function known(read: Reading['read']): Promise<number> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Refusal) return Number.NaN
    throw error
  }
}
