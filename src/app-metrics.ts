import { statfs } from 'node:fs/promises'
import type { Pushing } from './app-push.ts'
import { timeOf } from './core/ids.ts'
import type { ClusterEngine } from './engines/cluster/index.ts'
import type { Hub } from './gateway/hub.ts'
import type { Reading } from './gateway/metrics.ts'
import type { Engine } from './ports/engine.ts'
import type { Road } from './services/road.ts'
import type { TidyMedia } from './services/tidy-media.ts'

const gauge = (name: string, help: string, read: Reading['read']): Reading => ({ name, help, type: 'gauge', read })
const counter = (name: string, help: string, read: Reading['read']): Reading => ({ name, help, type: 'counter', read })

export function mediaReadings(tidy: Pick<TidyMedia, 'stats'>): Reading[] {
  return [
    counter('media_taken_total', 'Uploads taken away because nothing showed them any more', () => tidy.stats().taken),
    gauge('media', 'Uploads, as of the last look by the process that leads', () =>
      Object.values(tidy.stats().use).reduce((sum, { count }) => sum + count, 0),
    ),
  ]
}

/**
 * What a process of any role is measured by. `unknownSeconds`: where others store too, what is undone is known of rows older
 * than that alone, and younger ones count as done.
 */
export function roadReadings(
  road: Road,
  { queue, outboxRows, search }: Engine,
  unknownSeconds: number,
  now: () => number,
): Reading[] {
  const age = (id: number | undefined) =>
    id === undefined || id === Number.POSITIVE_INFINITY ? 0 : Math.max(0, (now() - timeOf(id)) / 1_000)
  return [
    counter('fanout_jobs_total', 'Jobs whose fan-out is done', () => road.fanout.stats().jobs),
    counter('fanout_deliveries_total', 'Readers that pages of followers held', () => road.fanout.stats().deliveries),
    counter('fanout_dead_jobs_total', 'Jobs given up', () => road.fanout.stats().dead),
    counter('sweeper_rounds_total', 'Rounds of the sweeper that this process led', () => road.sweep.stats().rounds),
    counter('sweeper_republished_total', 'Jobs put back into the queue', () => road.sweep.stats().republished),
    counter('retention_taken_total', 'Messages that --keep took away', () => road.retain.stats().taken),
    gauge('queue_jobs', 'Jobs that wait in the queue', async () => (await queue.depth()).jobs),
    gauge('queue_oldest_seconds', 'Age of the message of the oldest job in the queue', async () =>
      age((await queue.depth()).oldest),
    ),
    gauge('outbox_undone_age_seconds', 'Age of the oldest message whose fan-out is not done', async () => {
      const seconds = age(await outboxRows.lowestUndone())
      return seconds > unknownSeconds ? seconds : 0
    }),
    counter('search_indexed_total', 'Messages put into the search index', () => search.stats().added),
    gauge('search_waiting_seconds', 'Age of the oldest new message that search does not find yet', () =>
      age(search.stats().waiting),
    ),
    gauge('search_filling', 'Whether messages of before there was an index are still being added', () =>
      Number(search.stats().older),
    ),
    counter('notifications_total', 'Notifications made or renewed', () => road.notificationStats().made),
    counter(
      'activity_total',
      'Likes, boosts, follows and messages looked at for notifications',
      () => road.notificationStats().done,
    ),
    gauge('activity_oldest_seconds', 'Age of the oldest of these that waited at the last look', () => {
      const { oldest } = road.notificationStats()
      return oldest === undefined ? 0 : Math.max(0, (now() - oldest) / 1_000)
    }),
    gauge('message_cache_bytes', 'Bodies held in memory', () => road.bodies.stats().bytes),
    gauge('message_cache_entries', 'Messages held in memory', () => road.bodies.stats().entries),
    counter('message_cache_hits_total', 'Messages found in memory', () => road.bodies.stats().hits),
    counter('message_cache_misses_total', 'Messages read from the store', () => road.bodies.stats().misses),
  ]
}

/** What a process that makes notifications is measured by besides. */
export function pushReadings({ notifications, send }: Pushing): Reading[] {
  return [
    counter('push_sent_total', 'Pushes that push services took', () => send.stats().sent),
    counter('push_failed_total', 'Pushes given up', () => send.stats().failed),
    counter(
      'push_removed_total',
      'Subscriptions ended because push services knew them no more',
      () => send.stats().removed,
    ),
    counter('push_retried_total', 'Pushes put back to be tried again', () => send.stats().retried),
    gauge('push_waiting', 'Pushes that wait to be sent, or are under way', () => send.stats().waiting),
    gauge(
      'push_readers_waiting',
      'Readers whose notifications wait to become pushes',
      () => notifications.stats().readers,
    ),
  ]
}

/** Of a data folder. At 0 publishing answers 507. */
export function diskReadings(data: string): Reading[] {
  return [
    gauge('disk_free_bytes', 'Free bytes of the disk that the data folder is on', async () => {
      const { bavail, bsize } = await statfs(data)
      return bavail * bsize
    }),
  ]
}

/** What a gateway is measured by besides. */
export function hubReadings(hub: Hub): Reading[] {
  return [
    gauge('sockets', 'Open sockets', () => hub.stats().sockets),
    gauge('readers_online', 'Readers with an open socket', () => hub.stats().readers),
    gauge('sockets_lagged', 'Sockets too slow at this moment', () => hub.stats().lagged),
    counter('socket_pushed_total', 'Live messages sent', () => hub.stats().pushed),
    counter('socket_refills_total', 'Refills from a cursor', () => hub.stats().refills),
    counter('socket_frames_total', 'Frames received', () => hub.stats().received),
    counter('socket_refused_total', 'Frames refused', () => hub.stats().refused),
  ]
}

const breakerStates = { closed: 0, 'half-open': 1, open: 2 } as const

/** What the three engines of a cluster are measured by besides the time of their calls. */
export function clusterReadings(cluster: Pick<ClusterEngine, 'stats' | 'members'>, now: () => number): Reading[] {
  const cassandra = () => cluster.stats().cassandra
  const redis = () => cluster.stats().redis
  const bodies = () => cluster.stats().sharedBodies
  const nats = () => cluster.stats().nats
  return [
    gauge('cassandra_calls_in_flight', 'Calls of Cassandra under way', () => cassandra().inFlight),
    gauge('cassandra_calls_waiting', 'Calls of Cassandra that wait for their turn', () => cassandra().waiting),
    counter('cassandra_retries_total', 'Calls made again at another node', () => cassandra().retries),
    counter('cassandra_speculative_total', 'Slow calls also asked of another node', () => cassandra().speculative),
    gauge('cassandra_breaker_state', '0 closed, 1 half-open, 2 open', () => breakerStates[cassandra().breaker]),
    counter('cassandra_breaker_opened_total', 'Times the circuit breaker opened', () => cassandra().breakerOpened),
    gauge('redis_servers', 'Redis servers in use', () => redis().servers),
    gauge('redis_servers_usable', 'Of these, masters that answer', () => redis().usable),
    gauge('redis_shards_away', 'Shards of readers that cannot be reached, of 64', () => redis().shardsAway),
    counter('shared_bodies_hits_total', 'Bodies of messages found in Redis', () => bodies().hits),
    counter('shared_bodies_misses_total', 'Bodies read from Cassandra instead', () => bodies().misses),
    gauge('nats_connected', '1 while both connections to NATS stand', () => (nats().connected ? 1 : 0)),
    counter('bus_frames_sent_total', 'Frames sent to other processes', () => nats().framesSent),
    counter('bus_frames_heard_total', 'Frames heard from other processes', () => nats().framesHeard),
    counter('bus_dropped_total', 'Events that could not be sent', () => nats().dropped),
    counter('bus_gaps_total', 'Times that events may have been missed', () => nats().gaps),
    gauge('node_lease_seconds', 'How long the lease of the node number still runs', () =>
      Math.max(0, (cluster.members.leaseEnd() - now()) / 1_000),
    ),
  ]
}
