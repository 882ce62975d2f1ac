import { errors } from 'cassandra-driver'

interface Pending {
  readonly until: number
  readonly reject: (reason: unknown) => void
}

/** How often pending calls are looked at: a call ends at most this much late. */
const lookEveryMs = 100

const pending = new Set<Pending>()
let timer: ReturnType<typeof setInterval> | undefined

/**
 * The answer, or the driver's time-out error once `ms` have passed: the last resort where the driver itself does not end a
 * call in time (while it prepares a statement, or goes from node to node). One timer for all calls.
 */
export function overdue<T>(answer: Promise<T>, ms: number): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const entry: Pending = { until: performance.now() + ms, reject }
    pending.add(entry)
    timer ??= setInterval(look, lookEveryMs)
    answer.then(
      (value) => {
        pending.delete(entry)
        resolve(value)
      },
      (error) => {
        pending.delete(entry)
        reject(error)
      },
    )
  })
}

function look(): void {
  const now = performance.now()
  for (const entry of pending) {
    if (entry.until > now) continue
    pending.delete(entry)
    entry.reject(new errors.OperationTimedOutError('no answer in time'))
  }
  if (pending.size === 0) {
    clearInterval(timer)
    timer = undefined
  }
}
