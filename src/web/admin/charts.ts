import type { Word } from '../words/index.ts'
import { type Look, labelsOf, largest, quantile, rate, share, sum } from './figures.ts'

/** `null`: not known at that time. */
type Read = (before: Look, now: Look) => number | null

/** Shown as it is after the colon, in every language. */
type Verbatim = `:${string}`

export interface ChartOf {
  readonly title: Word
  readonly unit: 'number' | 'seconds' | 'bytes' | 'share'
  readonly lines: (last: Look) => readonly { readonly key: Word | Verbatim; readonly read: Read }[]
}

const rises =
  (name: string): Read =>
  (before, now) =>
    rate(before, now, `rookery_${name}`)
const total =
  (name: string): Read =>
  (_, now) =>
    sum(now, `rookery_${name}`)
const most =
  (name: string): Read =>
  (_, now) =>
    largest(now, `rookery_${name}`)
const percentiles = (name: string) =>
  [50, 95, 99].map((p) => ({
    key: `:p${p}` as const,
    read: ((before, now) => quantile(before, now, p / 100, `rookery_${name}`)) as Read,
  }))

/** What is drawn, in this order. */
export const charts: readonly ChartOf[] = [
  {
    title: 'adminPosts',
    unit: 'number',
    lines: () => [{ key: 'adminPosts', read: rises('publish_accepted_seconds_count') }],
  },
  {
    title: 'adminDeliveries',
    unit: 'number',
    lines: () => [
      { key: 'adminDelivered', read: rises('fanout_deliveries_total') },
      { key: 'adminPushed', read: rises('socket_pushed_total') },
    ],
  },
  {
    title: 'adminSockets',
    unit: 'number',
    lines: () => [
      { key: 'adminOpen', read: total('sockets') },
      { key: 'adminLagged', read: total('sockets_lagged') },
    ],
  },
  { title: 'adminAccepted', unit: 'seconds', lines: () => percentiles('publish_accepted_seconds') },
  { title: 'adminVisible', unit: 'seconds', lines: () => percentiles('publish_visible_seconds') },
  { title: 'adminAnswers', unit: 'seconds', lines: () => percentiles('http_request_duration_seconds') },
  {
    title: 'adminQueue',
    unit: 'seconds',
    lines: () => [
      { key: 'adminQueueOldest', read: most('queue_oldest_seconds') },
      { key: 'adminUndone', read: most('outbox_undone_age_seconds') },
    ],
  },
  {
    title: 'adminMemory',
    unit: 'bytes',
    lines: () => [{ key: 'adminMemory', read: total('process_resident_memory_bytes') }],
  },
  {
    title: 'adminDisk',
    unit: 'bytes',
    lines: (last) =>
      labelsOf(last, 'rookery_disk_bytes', 'kind').map((kind) => ({
        key: `:${kind}` as const,
        read: (_, now) => sum(now, 'rookery_disk_bytes', (labels) => labels.kind === kind),
      })),
  },
  {
    title: 'adminCache',
    unit: 'share',
    lines: () => [
      {
        key: 'adminCache',
        read: (before, now) =>
          share(before, now, 'rookery_message_cache_hits_total', 'rookery_message_cache_misses_total'),
      },
    ],
  },
]
