/** Figures out of what `/metrics` says: what `sum(rate())` and `histogram_quantile()` are in Prometheus. */

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}
/** Samples by the name of their metric. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

/** What the processes of an installation said at one time, by their number. */
export interface Look {
  /** Milliseconds. */
  readonly at: number
  readonly of: ReadonlyMap<number, Samples>
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?[\d.eE+-]+)(?: -?\d+)?$/
const labelPair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** Reads Prometheus' text format; what is no sample is left out. */
export function readSamples(text: string): Samples {
  const samples = new Map<string, Sample[]>()
  for (const line of text.split('\n')) {
    const [, name, pairs = '', value] = sampleLine.exec(line) ?? []
    if (name === undefined) continue
    const labels = Object.fromEntries(Array.from(pairs.matchAll(labelPair), ([, key, text]) => [key, unescaped(text!)]))
    const of = samples.get(name)
    const sample = { labels, value: numberOf(value!) }
    if (of) of.push(sample)
    else samples.set(name, [sample])
  }
  return samples
}

const unescaped = (text: string) => text.replace(/\\(.)/g, (_, sign) => (sign === 'n' ? '\n' : sign))
const numberOf = (text: string) =>
  text === '+Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)

type Wanted = (labels: Sample['labels']) => boolean
const all: Wanted = () => true

function totalOf(samples: Samples, name: string, wanted: Wanted): number | undefined {
  const of = samples.get(name)?.filter(({ labels, value }) => wanted(labels) && !Number.isNaN(value))
  return of?.length ? of.reduce((sum, { value }) => sum + value, 0) : undefined
}

/** A figure of now, of all processes together; null where none tells it. */
export function sum(look: Look, name: string, wanted = all): number | null {
  const each = [...look.of.values()].map((samples) => totalOf(samples, name, wanted)).filter((one) => one !== undefined)
  return each.length === 0 ? null : each.reduce((a, b) => a + b)
}

/** The largest of any process; null where none tells it. */
export function largest(look: Look, name: string): number | null {
  const each = [...look.of.values()].map((samples) => totalOf(samples, name, all)).filter((one) => one !== undefined)
  return each.length === 0 ? null : Math.max(...each)
}

/** How much a counter rose a second between two looks, in all processes together; null where none tells it in both. */
export function rate(before: Look, now: Look, name: string, wanted = all): number | null {
  const seconds = (now.at - before.at) / 1_000
  const rise = riseOf(before, now, (samples) => totalOf(samples, name, wanted))
  return rise === null || seconds <= 0 ? null : rise / seconds
}

function riseOf(before: Look, now: Look, read: (samples: Samples) => number | undefined): number | null {
  let rise: number | null = null
  for (const [node, samples] of now.of) {
    const last = before.of.get(node)
    const to = read(samples)
    if (last === undefined || to === undefined) continue
    const from = read(last) ?? 0
    // A process that was started anew counts from 0 again.
    rise = (rise ?? 0) + (to >= from ? to - from : to)
  }
  return rise
}

/** The share of one counter in the rise of two; null where neither rose. */
export function share(before: Look, now: Look, hits: string, misses: string): number | null {
  const [found, missed] = [rate(before, now, hits), rate(before, now, misses)]
  return found === null || missed === null || found + missed === 0 ? null : found / (found + missed)
}

/**
 * The `q`-quantile (0 to 1) of what a histogram observed between two looks, of all processes together, evenly spread within
 * a bucket; the last bound where it lies beyond. null where nothing was observed.
 */
export function quantile(before: Look, now: Look, q: number, name: string, wanted = all): number | null {
  const bounds = [...now.of.values()].flatMap(
    (samples) => samples.get(`${name}_bucket`)?.map(({ labels }) => labels.le!) ?? [],
  )
  const buckets = [...new Set(bounds)]
    .map((le) => ({
      bound: numberOf(le),
      count: rate(before, now, `${name}_bucket`, (labels) => labels.le === le && wanted(labels)) ?? 0,
    }))
    .sort((a, b) => a.bound - b.bound)
  const total = buckets.at(-1)?.count ?? 0
  if (total === 0) return null
  const rank = q * total
  const place = buckets.findIndex(({ count }) => count >= rank)
  const { bound, count } = buckets[place]!
  const below = place === 0 ? { bound: 0, count: 0 } : buckets[place - 1]!
  if (bound === Number.POSITIVE_INFINITY) return below.bound
  return below.bound + ((bound - below.bound) * (rank - below.count)) / (count - below.count)
}

/** The values that a label has, in order of the alphabet. */
export function labelsOf(look: Look, name: string, label: string): string[] {
  const values = [...look.of.values()].flatMap(
    (samples) => samples.get(name)?.map(({ labels }) => labels[label] ?? '') ?? [],
  )
  return [...new Set(values)].sort()
}
