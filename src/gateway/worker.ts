import type { Registry } from 'prom-client'
import type { Log } from '../core/log.ts'
import type { Auth } from '../services/auth.ts'
import type { People } from '../services/people.ts'
import type { RateLimits } from '../services/rate-limit.ts'
import { admitAll } from './admission.ts'
import type { Gateway } from './http.ts'
import { createHttpMetrics } from './http-metrics.ts'
import { originOf } from './origin.ts'
import { createRequests } from './requests.ts'
import { type OperationNeeds, operationRows } from './routes-operations.ts'
import type { Row } from './table.ts'

export interface WorkerNeeds {
  readonly auth: Auth
  readonly people: Pick<People, 'me'>
  readonly rates: RateLimits
  readonly ready: OperationNeeds['ready']
  readonly registry: Registry
  readonly publicUrl: string | undefined
  /** What other processes may call here. */
  readonly internalRows: readonly Row[]
  readonly log: Log
}

/** The HTTP side of a process that is no gateway: for operators and for gateways; there is nothing else. */
export function createWorker(needs: WorkerNeeds): Gateway {
  const ownOrigin = originOf(needs.publicUrl)
  const rows = [...operationRows({ ...needs, metrics: needs.registry, ownOrigin }), ...needs.internalRows]
  return {
    rows,
    ...createRequests({
      ...needs,
      admission: admitAll,
      rows,
      ...noTimelines,
      httpMetrics: createHttpMetrics(needs.registry),
      ownOrigin,
    }),
  }
}

const none = () => {
  throw new Error('timelines are read at gateways')
}
const noTimelines = { fetchPage: { quickReader: () => undefined, quickQuery: none }, timeline: { page: none } }
