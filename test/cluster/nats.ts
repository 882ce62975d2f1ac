import { silentLog } from '../../src/core/log.ts'
import { NatsBus } from '../../src/engines/cluster/nats/bus.ts'
import { type Link, openLink } from '../../src/engines/cluster/nats/link.ts'
import { NatsQueue } from '../../src/engines/cluster/nats/queue.ts'
import { lanes, openStreams, type Streams } from '../../src/engines/cluster/nats/streams.ts'
import { type NatsSettings, readNats } from '../../src/engines/cluster/settings.ts'
import { type Clock, systemClock } from '../../src/ports/clock.ts'
import { testEngines } from './engines.ts'

/** The NATS server that tests share. */
export async function testNats(): Promise<NatsSettings> {
  return readNats((await testEngines()).nats)
}

/** A keyspace that nobody else has. */
export function newKeyspace(): string {
  return `test_${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`
}

export interface TestQueue {
  readonly queue: NatsQueue
  readonly link: Link
  readonly streams: Streams
  close(): Promise<void>
}

export interface TestQueueOptions {
  readonly keyspace: string
  readonly settings?: NatsSettings
  readonly servers?: number
  readonly clock?: Clock
  readonly bytesMax?: number
  readonly offerMs?: number
}

/** One process's queue. */
export async function openQueue(options: TestQueueOptions): Promise<TestQueue> {
  // A machine that runs tests may be busy: puts are told apart from refusals by their answer, not by their time.
  const { keyspace, servers = 1, bytesMax, clock = systemClock, offerMs = 2_000 } = options
  const settings = options.settings ?? (await testNats())
  const link = await openLink({ settings, name: keyspace, log: silentLog })
  const streams = await openStreams(link.connection, { keyspace, servers, ...(bytesMax && { bytesMax }) })
  await streams.ensureWithin(20_000)
  const queue = new NatsQueue({ link, streams, clock, offerMs, log: silentLog })
  return {
    queue,
    link,
    streams,
    async close() {
      await queue.close()
      await link.close()
    },
  }
}

/** Deletes the streams of a keyspace. */
export async function dropStreams({ streams }: Pick<TestQueue, 'streams'>): Promise<void> {
  await Promise.all(lanes.map((lane) => streams.manager.streams.delete(streams.name(lane))))
}

export interface TestBus {
  readonly bus: NatsBus
  readonly link: Link
  /** What subscribers threw. */
  readonly reported: unknown[]
  close(): Promise<void>
}

/** One process's Bus. */
export async function openBus(keyspace: string, given?: NatsSettings): Promise<TestBus> {
  const link = await openLink({ settings: given ?? (await testNats()), name: keyspace, noEcho: true, log: silentLog })
  const reported: unknown[] = []
  const bus = new NatsBus({ link, keyspace, report: (error) => reported.push(error) })
  return {
    bus,
    link,
    reported,
    async close() {
      bus.close()
      await link.close()
    },
  }
}
