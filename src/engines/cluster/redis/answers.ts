import { Refusal } from '../../../core/refusal.ts'

/** A server's refusal of one command. `word` is its first: MOVED, OOM, ERR and so on. */
export class ServerError extends Error {
  override readonly name = 'ServerError'
  readonly word: string

  constructor(message: string) {
    super(message)
    this.word = /^[A-Z]+/.exec(message)?.[0] ?? ''
  }

  /** Where MOVED points to: `MOVED 3999 127.0.0.1:6381`; the host is empty where it is the same. */
  get target(): { host: string; port: number } | undefined {
    const found = /^MOVED \d+ (.*):(\d+)$/.exec(this.message)
    return found ? { host: found[1]!, port: Number(found[2]) } : undefined
  }

  /** Our functions are not there: a server that was restarted empty, or a new one. */
  get noFunctions(): boolean {
    return this.message.includes('Function not found')
  }
}

/** The connection ended, or no answer came in time: whether the command was done is not known. */
export class LinkLost extends Error {
  override readonly name = 'LinkLost'
}

/** Words after which the same command may succeed later, on this server or another one. */
const passing: ReadonlySet<string> = new Set([
  'ASK',
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'MOVED',
  'NOAUTH',
  'NOPERM',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNKILLABLE',
  'WRONGPASS',
])

/** The refusal for callers; `cause` keeps what was said, for the log. */
export function away(cause?: unknown): Refusal {
  const refusal = new Refusal('unavailable', 'The store of timelines does not answer at the moment; try again.', {
    retryAfterSeconds: 1,
  })
  refusal.cause = cause
  return refusal
}

/** Errors as refusals where they may pass. Anything else (a wrong command) is a bug, and stays what it is. */
export function refused(error: unknown): unknown {
  if (error instanceof ServerError) return passing.has(error.word) || error.noFunctions ? away(error) : error
  return error instanceof LinkLost ? away(error) : error
}
