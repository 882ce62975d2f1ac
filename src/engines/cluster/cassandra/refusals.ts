import { errors, types } from 'cassandra-driver'
import { Refusal } from '../../../core/refusal.ts'

const { responseErrorCodes: codes } = types

/** A compare-and-set of unknown outcome, from protocol 5 on; the driver has no name for it. */
const casWriteUnknown = 0x1700

/** What a node answers when it, or its replicas, cannot do the call now. */
const passing: ReadonlySet<number> = new Set([
  casWriteUnknown,
  codes.serverError,
  codes.unavailableException,
  codes.overloaded,
  codes.isBootstrapping,
  codes.truncateError,
  codes.writeTimeout,
  codes.readTimeout,
  codes.readFailure,
  codes.writeFailure,
  codes.unprepared,
])

/** The refusal for callers; `cause` keeps what the driver said, for the log. */
export function unavailable(cause: unknown): Refusal {
  const refusal = new Refusal('unavailable', 'The database does not answer at the moment; try again.', {
    retryAfterSeconds: 1,
  })
  refusal.cause = cause
  return refusal
}

export function overloaded(): Refusal {
  return new Refusal('overloaded', 'Too many calls of the database are waiting; try again in a moment.', {
    retryAfterSeconds: 1,
  })
}

/** Whether nobody answered at all: what a circuit breaker counts. A node that says no is there. */
export function noAnswer(error: unknown): boolean {
  return (
    error instanceof errors.OperationTimedOutError || error instanceof errors.NoHostAvailableError || isSocket(error)
  )
}

/**
 * The driver's errors as refusals: `unavailable` for all that may pass. Anything else (a wrong statement, a missing right)
 * is a bug or a wrong installation, and stays what it is.
 */
export function refused(error: unknown): unknown {
  if (error instanceof Refusal) return error
  return passingError(error) || error instanceof NotSent ? unavailable(error) : error
}

function passingError(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return passing.has(error.code)
  return noAnswer(error) || error instanceof errors.BusyConnectionError
}

/** A call that was given up before it was sent. */
export class NotSent extends Error {}

/** Whether the error says for certain that the call changed nothing: it was not sent, or the statement itself was refused. */
export function nothingDone(error: unknown): boolean {
  const reason = error instanceof Refusal ? (error.cause ?? error) : error
  if (reason instanceof Refusal || reason instanceof NotSent) return true
  // A compare-and-set goes to a second node only where the first cannot have been asked (driver.ts).
  if (reason instanceof errors.NoHostAvailableError) return true
  return !passingError(reason)
}

function isSocket(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { isSocketError, code } = error as { isSocketError?: boolean; code?: unknown }
  return isSocketError === true || (typeof code === 'string' && /^E[A-Z]+$/.test(code))
}
