import { Histogram, type Registry } from 'prom-client'

export interface HttpMetrics {
  /** Counts one answer; `startedMs` is of `performance.now()`. */
  observe(method: string, route: string, status: number, startedMs: number): void
}

/** How long answers take, by method, route and status. */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const histogram = new Histogram({
    name: 'rookery_http_request_duration_seconds',
    help: 'Time from the request to the answer handed to the network',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [registry],
  })
  // Bound to their labels once: finding them by their labels costs more than the observation.
  const bound = new Map<string, Map<number, { observe(seconds: number): void }>>()

  return {
    observe(method, route, status, startedMs) {
      const name = `${method} ${route}`
      let statuses = bound.get(name)
      if (!statuses) bound.set(name, (statuses = new Map()))
      let child = statuses.get(status)
      if (!child) statuses.set(status, (child = histogram.labels({ method, route, status })))
      child.observe((performance.now() - startedMs) / 1_000)
    },
  }
}
