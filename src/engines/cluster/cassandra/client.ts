import { type Client, type QueryOptions, types } from 'cassandra-driver'
import type { Breaker, BreakerState } from '../../../core/breaker.ts'
import { cassandraCallMs, cassandraLwtMs } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Engines } from '../../../core/wire-operations.ts'
import { nodesOf } from './nodes.ts'
import { overdue } from './overdue.ts'
import { NotSent, noAnswer, nothingDone, refused, unavailable } from './refusals.ts'
import { plainRows, type Values } from './rows.ts'
import type { Turns } from './turns.ts'

/** A statement, prepared at its first use. `Row` is what its rows hold; names are the columns'. */
export interface Statement<Row = never> {
  readonly cql: string
  /** Never there: it carries the type. */
  readonly row?: Row
}

/** `statement<{ id: number }>('SELECT id FROM users WHERE …')`. Tables stand without keyspace. */
export function statement<Row = never>(cql: string): Statement<Row> {
  return { cql }
}

/** `one` only where a quorum read follows on doubt; `serial` sees every compare-and-set that may have been made. */
export type ReadConsistency = 'quorum' | 'one' | 'serial'

export interface Page<Row> {
  readonly rows: Row[]
  /** Where the next page starts; undefined after the last one. Cassandra's own token: hex, some 100 characters. */
  readonly next: string | undefined
}

/** How the outcome of a compare-and-set is found when its answer did not come. */
export interface Look<Row> {
  /** Reads the row that was to be changed, by its whole key. */
  readonly read: Statement<Row>
  readonly values: Values
  /** Whether the row shows that this very call was applied, or one like it; undefined where no row can tell any more. */
  readonly mine: (row: Row | undefined) => boolean | undefined
}

/** `row`: where it was not applied, the row as it is, as far as the statement says (UPDATE: the columns of its condition). */
export type Applied<Row> = { readonly applied: true } | { readonly applied: false; readonly row: Row | undefined }

export type CallKind = 'read' | 'write' | 'lwt'

export interface CallFigures {
  calls: number
  failed: number
  /** Time from the call to its outcome, waiting for its turn included. */
  milliseconds: number
}

export interface CassandraStats {
  readonly calls: Readonly<Record<CallKind, Readonly<CallFigures>>>
  readonly inFlight: number
  readonly waiting: number
  /** Answers by node that gave them. */
  readonly nodes: ReadonlyMap<string, number>
  readonly retries: number
  readonly speculative: number
  readonly breaker: BreakerState
  readonly breakerOpened: number
}

const consistencies: Record<ReadConsistency, types.consistencies> = {
  quorum: types.consistencies.localQuorum,
  one: types.consistencies.localOne,
  serial: types.consistencies.localSerial,
}

/** Between two looks for an outcome. */
const lookAgainMs = 200

/** Rows of one answer; longer results are read on page by page. */
const rowsPerAnswer = 1_000

/**
 * Calls of one keyspace. [C1] Every call ends: within `cassandraCallMs` (`lwt`: `cassandraLwtMs`), by an answer or a
 * `Refusal` (`unavailable`, `overloaded`). [C2] Reads and writes are LOCAL_QUORUM unless they say otherwise, repeatable,
 * and are asked of a second node when the first is slow; so a write must mean the same when it is made twice. [C3] Only
 * `lwt` is made once, and learns its outcome whatever happens to its answer.
 */
export interface Cassandra {
  readonly keyspace: string
  /** All rows, whatever their number: give a LIMIT, or know the partition's bound. */
  read<Row>(read: Statement<Row>, values: Values, consistency?: ReadConsistency): Promise<Row[]>
  /** The first row. */
  one<Row>(read: Statement<Row>, values: Values, consistency?: ReadConsistency): Promise<Row | undefined>
  /** One page of about `length` rows (fewer are possible while `next` is there). */
  page<Row>(read: Statement<Row>, values: Values, length: number, page: string | undefined): Promise<Page<Row>>
  write(write: Statement, values: Values): Promise<void>
  /** All or nothing, of one partition. */
  batch(writes: readonly (readonly [Statement, Values])[]): Promise<void>
  /**
   * A statement with `IF`. When its answer does not come, the row is read at SERIAL before anything else, and the statement
   * made again where the row does not tell its outcome. Throws `unavailable` when even that cannot be learned: then it may
   * have been applied, now or a little later.
   */
  lwt<Row>(change: Statement<Row>, values: Values, look: Look<Row>): Promise<Applied<Row>>
  stats(): CassandraStats
  /** The nodes of the ring as the driver knows them, by address. */
  nodes(): Engines['cassandra']
  close(): Promise<void>
}

export interface ClientParts {
  readonly client: Client
  readonly keyspace: string
  readonly turns: Turns
  readonly breaker: Breaker
  /** Retries and second askings, as the driver counts them. */
  readonly driverCounts: () => { retries: number; speculative: number }
  /** Told of each call's outcome, for histograms. */
  readonly observe?: ((kind: CallKind, ms: number, failed: boolean) => void) | undefined
  readonly close: () => Promise<void>
}

export function createCassandra(parts: ClientParts): Cassandra {
  const { client, keyspace, turns, breaker, observe } = parts
  const figures = (): CallFigures => ({ calls: 0, failed: 0, milliseconds: 0 })
  const nodes = new Map<string, number>()
  const calls: Record<CallKind, CallFigures> = { read: figures(), write: figures(), lwt: figures() }

  /** One call of the driver: its turn, its time, its outcome for breaker and figures. */
  async function call<T>(kind: CallKind, ask: () => Promise<T>): Promise<T> {
    if (!breaker.admits()) throw unavailable(new NotSent('the circuit breaker is open'))
    const began = performance.now()
    let failed = false
    try {
      const turn = turns.enter()
      if (turn !== undefined) await turn
      try {
        const answer = await overdue(ask(), cassandraCallMs)
        breaker.succeeded()
        return answer
      } catch (error) {
        if (noAnswer(error)) breaker.failed()
        else breaker.succeeded()
        throw error
      } finally {
        turns.leave()
      }
    } catch (error) {
      failed = true
      throw refused(error)
    } finally {
      const ms = performance.now() - began
      const figure = calls[kind]
      figure.calls += 1
      figure.milliseconds += ms
      if (failed) figure.failed += 1
      observe?.(kind, ms, failed)
    }
  }

  async function execute(kind: CallKind, cql: string, values: Values, options: QueryOptions): Promise<types.ResultSet> {
    const result = await call(kind, () => client.execute(cql, values as unknown[], options))
    const node = result.info.queriedHost
    nodes.set(node, (nodes.get(node) ?? 0) + 1)
    return result
  }

  const readOptions = (consistency: ReadConsistency, fetchSize: number): QueryOptions => ({
    prepare: true,
    isIdempotent: true,
    consistency: consistencies[consistency],
    fetchSize,
  })

  async function read<Row>({ cql }: Statement<Row>, values: Values, consistency: ReadConsistency = 'quorum') {
    const options = readOptions(consistency, rowsPerAnswer)
    const first = await execute('read', cql, values, options)
    const rows = plainRows<Row>(first)
    for (let state = first.pageState; state; ) {
      const more = await execute('read', cql, values, { ...options, pageState: state })
      rows.push(...plainRows<Row>(more))
      state = more.pageState
    }
    return rows
  }

  /** One try; the refusal when its outcome is not known. */
  async function attempt<Row>(change: Statement<Row>, values: Values): Promise<Applied<Row> | Refusal> {
    try {
      const result = await execute('lwt', change.cql, values, lwtOptions)
      if (result.wasApplied()) return { applied: true }
      const [row] = plainRows<Row & { '[applied]'?: boolean }>(result)
      if (row === undefined) return { applied: false, row }
      delete row['[applied]']
      return { applied: false, row: Object.keys(row).length === 0 ? undefined : row }
    } catch (error) {
      if (nothingDone(error) || !(error instanceof Refusal)) throw error
      return error
    }
  }

  /** The row as of after all tries; throws `unknown` when it cannot be read before `until`. */
  async function lookAt<Row>(look: Look<Row>, until: number, unknown: Refusal): Promise<Row | undefined> {
    while (performance.now() < until) {
      try {
        return (await read(look.read, look.values, 'serial'))[0]
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
      }
    }
    throw unknown
  }

  async function lwt<Row>(change: Statement<Row>, values: Values, look: Look<Row>): Promise<Applied<Row>> {
    // No step begins that could not end in time.
    const lastBegin = performance.now() + cassandraLwtMs - cassandraCallMs
    for (;;) {
      const outcome = await attempt(change, values)
      if (!(outcome instanceof Refusal)) return outcome
      const mine = look.mine(await lookAt(look, lastBegin, outcome))
      if (mine === true) return { applied: true }
      if (mine === undefined || performance.now() > lastBegin) throw outcome
    }
  }

  return {
    keyspace,
    read,
    async one(statement, values, consistency) {
      return (await read(statement, values, consistency))[0]
    },
    async page<Row>({ cql }: Statement<Row>, values: Values, length: number, page: string | undefined) {
      const options = readOptions('quorum', length)
      const result = await execute('read', cql, values, page === undefined ? options : { ...options, pageState: page })
      return { rows: plainRows<Row>(result), next: result.pageState ?? undefined }
    },
    async write({ cql }, values) {
      await execute('write', cql, values, writeOptions)
    },
    async batch(writes) {
      const queries = writes.map(([{ cql }, values]) => ({ query: cql, params: values as unknown[] }))
      await call('write', () => client.batch(queries, batchOptions))
    },
    lwt,
    stats: () => ({
      calls,
      inFlight: turns.inFlight,
      waiting: turns.waiting,
      nodes,
      ...parts.driverCounts(),
      breaker: breaker.state(),
      breakerOpened: breaker.opened(),
    }),
    nodes: () => nodesOf(client),
    close: parts.close,
  }
}

const writeOptions: QueryOptions = { prepare: true, isIdempotent: true, consistency: types.consistencies.localQuorum }
const batchOptions: QueryOptions = { ...writeOptions, logged: false }
// Made twice, the second would find what the first has changed: so never by the driver.
const lwtOptions: QueryOptions = {
  prepare: true,
  isIdempotent: false,
  consistency: types.consistencies.localQuorum,
  serialConsistency: types.consistencies.localSerial,
}
