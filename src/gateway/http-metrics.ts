import { Histogram, type Registry } from 'prom-client'

export interface HttpMetrics {
  /** Counts one answer; `startedMs` is of `performance.now()`. */
  observe(method: string, route: string, status: number, startedMs: number): void
}

const boundsSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30]

/** Answers of one method, route and status. */
interface Counted {
  readonly labels: { readonly method: string; readonly route: string; readonly status: number }
  /** Answers within each bound, not summed up; beyond the last bound in the last place. */
  readonly within: number[]
  seconds: number
}

/**
 * A histogram whose observations are two additions: prom-client's own take 3 µs each, a tenth of what an answer costs. It
 * is put into prom-client's form when somebody asks.
 */
class DurationHistogram extends Histogram {
  readonly counted = new Map<string, Counted[]>()

  override async get() {
    return this.getForPromString()
  }

  /** Where prom-client has this method, the text is made of what it gives. */
  async getForPromString() {
    const values = []
    for (const byStatus of this.counted.values()) for (const each of byStatus) values.push(...samples(each))
    return { ...histogramHead, type: 'histogram' as never, aggregator: 'sum' as const, collect: () => {}, values }
  }
}

const histogramHead = {
  name: 'rookery_http_request_duration_seconds',
  help: 'Time from the request to the answer handed to the network',
}

function samples({ labels, within, seconds }: Counted) {
  const { name } = histogramHead
  let count = 0
  const buckets = within.map((answers, i) => {
    count += answers
    return { metricName: `${name}_bucket`, labels: { ...labels, le: boundsSeconds[i] ?? '+Inf' }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: seconds },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

/** How long answers take, by method, route and status. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const { counted } = new DurationHistogram({ ...histogramHead, registers: [registry] })

  function find(method: string, route: string, status: number): Counted {
    const key = `${method} ${route}`
    const byStatus = counted.get(key) ?? []
    counted.set(key, byStatus)
    let found = byStatus.find((each) => each.labels.status === status)
    if (!found) {
      found = { labels: { method, route, status }, within: Array(boundsSeconds.length + 1).fill(0), seconds: 0 }
      byStatus.push(found)
    }
    return found
  }

  /** The last one found: on a busy server, nearly always the next one too. */
  let last: Counted | undefined

  return {
    observe(method, route, status, startedMs) {
      const seconds = (performance.now() - startedMs) / 1_000
      const same =
        last !== undefined &&
        last.labels.status === status &&
        last.labels.route === route &&
        last.labels.method === method
      const one: Counted = same ? last! : find(method, route, status)
      last = one
      one.seconds += seconds
      let i = 0
      while (i < boundsSeconds.length && seconds > boundsSeconds[i]!) i++
      one.within[i]!++
    },
  }
}
