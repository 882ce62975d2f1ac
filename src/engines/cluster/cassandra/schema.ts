import { type Client, errors, type Host, type QueryOptions, types } from 'cassandra-driver'
import { engineStartMs, schemaMakingMs } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import { EngineUnusable } from '../unusable.ts'
import type { Admin } from './connect.ts'
import { refused } from './refusals.ts'
import { baseTables } from './schema-base.ts'
import { communityTables } from './schema-community.ts'
import { linkColumns, linkTables } from './schema-links.ts'
import { mediaColumns, mediaTables } from './schema-media.ts'
import { notificationColumns, notificationTables } from './schema-notifications.ts'
import { pushTables } from './schema-push.ts'
import { roadTables } from './schema-road.ts'
import { searchTables } from './schema-search.ts'

/** The schema of this program. Raised by whoever changes a table; what leads there from the one before is `upgrades`. */
export const schemaVersion = 7

/** All tables, in the order they are made. `CREATE TABLE IF NOT EXISTS name (`, without keyspace. */
export const allTables: readonly string[] = [
  ...baseTables,
  ...roadTables,
  ...linkTables,
  ...searchTables,
  ...communityTables,
  ...notificationTables,
  ...mediaTables,
  ...pushTables,
]

/** What tables are searched by beside their keys: made after them, by the nodes in the background where there are rows. */
const indexes: readonly (readonly [name: string, table: string, column: string])[] = [
  ['tokens_by_user', 'tokens', 'user_id'],
]

/** Names and values that are made once with the installation, and the schema's version and lock. */
const settingsTable = 'CREATE TABLE IF NOT EXISTS settings (name text PRIMARY KEY, value text)'

/** Statements that lead from version i + 1 to i + 2; new tables are made besides. Only ever append. */
const upgrades: readonly (readonly string[])[] = [
  // Else new tables alone. Programs before would show what is hidden by them.
  [...linkColumns, 'ALTER TABLE following ADD IF NOT EXISTS hides boolean static', ...notificationColumns],
  // The index of words: programs before would add nothing to it.
  [],
  // What reported messages said: programs before would not keep it.
  ['ALTER TABLE reports ADD IF NOT EXISTS body text'],
  // What people are told of their sessions.
  ['ALTER TABLE tokens ADD IF NOT EXISTS device text'],
  // Uploads: programs before would take none away with their messages.
  [...mediaColumns],
  // Programs before would take a key that was finished in this column for one that was not, and move it where its message is gone.
  ['ALTER TABLE idem ADD IF NOT EXISTS finished_id bigint'],
]

export interface SchemaOptions {
  readonly keyspace: string
  readonly replication: number
  readonly clock: Clock
  /** Fewer than all, for tests. */
  readonly tables?: readonly string[]
}

/**
 * Makes keyspace and tables where they are absent, and brings older ones to this program's version. Safe when several
 * processes start at once: schema changes are asked of one and the same node where possible, and whoever holds the lock in
 * `settings` makes them while the others wait.
 * @throws EngineUnusable when the installation is of a newer program
 */
export async function makeSchema(admin: Admin, options: SchemaOptions): Promise<void> {
  const schema = new Schema(admin, options)
  const tables = options.tables ?? allTables
  // Even a statement that changes nothing waits for its turn among all changes of the schema.
  if (await schema.isWhole(tables)) return schema.agreed()
  await schema.makeKeyspace()
  for (const began = performance.now(); ; ) {
    if (await schema.isThere(tables)) return schema.agreed()
    if (await schema.lock()) break
    if (performance.now() - began > schemaMakingMs) {
      throw new EngineUnusable(
        `Another process has been making the tables of keyspace ${options.keyspace} for ${schemaMakingMs / 1_000} s: see whether it still runs, then start again.`,
      )
    }
    await options.clock.sleep(200)
  }
  try {
    await schema.make(tables)
  } finally {
    await schema.unlock()
  }
}

class Schema {
  readonly #client: Client
  readonly #dataCenter: string
  readonly #keyspace: string
  readonly #replication: number
  readonly #clock: Clock
  readonly #token = crypto.randomUUID()

  constructor({ client, dataCenter }: Admin, { keyspace, replication, clock }: SchemaOptions) {
    this.#client = client
    this.#dataCenter = dataCenter
    this.#keyspace = keyspace
    this.#replication = replication
    this.#clock = clock
  }

  async makeKeyspace(): Promise<void> {
    const found = await this.#execute('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', [
      this.#keyspace,
    ])
    if (found.rowLength === 0) {
      // Names cannot be given as values; the keyspace's form is checked where options are read, the other is doubled.
      const dataCenter = this.#dataCenter.replaceAll("'", "''")
      await this.#change(
        `CREATE KEYSPACE IF NOT EXISTS ${this.#keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCenter}': ${this.#replication}}`,
      )
    }
    await this.#change(this.#qualified(settingsTable))
    await this.agreed()
  }

  /** Whether an earlier start has made all of it; false also where there is no table yet to tell. */
  async isWhole(tables: readonly string[]): Promise<boolean> {
    return (await this.#tables()).has(nameOf(settingsTable)) && (await this.isThere(tables))
  }

  /** Whether every table is there, of this version. */
  async isThere(tables: readonly string[]): Promise<boolean> {
    const version = await this.#version()
    if (version > schemaVersion) {
      throw new EngineUnusable(
        `The keyspace ${this.#keyspace} was written by a newer Rookery (schema ${version}, this one knows ${schemaVersion}): start that version.`,
      )
    }
    if (version < schemaVersion) return false
    const there = await this.#tables()
    return tables.every((table) => there.has(nameOf(table)))
  }

  /** Takes the right to change the schema; it lapses by itself if this process ends before it gives it back. */
  async lock(): Promise<boolean> {
    const result = await this.#execute(
      `INSERT INTO ${this.#keyspace}.settings (name, value) VALUES ('schema_lock', ?) IF NOT EXISTS USING TTL ${Math.ceil(schemaMakingMs / 1_000)}`,
      [this.#token],
    ).catch(() => undefined)
    if (result?.wasApplied()) return true
    return (await this.#setting('schema_lock')) === this.#token
  }

  async unlock(): Promise<void> {
    const gone = `DELETE FROM ${this.#keyspace}.settings WHERE name = 'schema_lock' IF value = ?`
    // Left behind, it lapses.
    await this.#execute(gone, [this.#token]).catch(() => {})
  }

  async make(tables: readonly string[]): Promise<void> {
    const version = await this.#version()
    for (const steps of version === 0 ? [] : upgrades.slice(version - 1)) {
      for (const step of steps) await this.#change(this.#qualified(step)).catch(ignoreMade)
    }
    for (const table of tables) await this.#change(this.#qualified(table))
    const made = new Set(tables.map(nameOf))
    for (const [name, table, column] of indexes) {
      if (made.has(table))
        await this.#change(`CREATE INDEX IF NOT EXISTS ${name} ON ${this.#keyspace}.${table} (${column})`)
    }
    await this.agreed()
    await this.#execute(`UPDATE ${this.#keyspace}.settings SET value = ? WHERE name = 'schema' IF value = ?`, [
      String(schemaVersion),
      version === 0 ? null : String(version),
    ])
    const now = await this.#version()
    if (now !== schemaVersion)
      throw new EngineUnusable(`The schema of ${this.#keyspace} is ${now}, not ${schemaVersion}.`)
  }

  /** Resolves once all nodes that are up have the same schema. */
  async agreed(): Promise<void> {
    for (const began = performance.now(); ; ) {
      if (await this.#agree()) return
      if (performance.now() - began > engineStartMs) {
        throw new EngineUnusable(
          'The Cassandra nodes do not agree on their schema: see `nodetool describecluster`, then start again.',
        )
      }
      await this.#clock.sleep(100)
    }
  }

  /** As the node sees it that makes the changes: another one may not have heard of the last, and find all the same. */
  async #agree(): Promise<boolean> {
    const host = this.#maker()
    const options = { consistency: types.consistencies.one, ...(host && { host }) }
    const [own, others] = await Promise.all([
      this.#execute('SELECT schema_version FROM system.local', [], options),
      this.#execute('SELECT rpc_address, schema_version FROM system.peers', [], options),
    ])
    const up = new Set(this.#upHosts().map(({ address }) => address.slice(0, address.lastIndexOf(':'))))
    const of = (row: types.Row) => String(row.schema_version)
    const live = others.rows.filter((row) => up.has(String(row.rpc_address)))
    return live.every((row) => of(row) === of(own.rows[0]!))
  }

  /** The names of those that are there. */
  async #tables(): Promise<Set<string>> {
    const { rows } = await this.#execute('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [
      this.#keyspace,
    ])
    return new Set(rows.map((row) => row.table_name as string))
  }

  /** 0 where there is none yet. */
  async #version(): Promise<number> {
    return Number((await this.#setting('schema')) ?? 0)
  }

  async #setting(name: string): Promise<string | undefined> {
    const query = `SELECT value FROM ${this.#keyspace}.settings WHERE name = ?`
    const { rows } = await this.#execute(query, [name], { consistency: types.consistencies.localSerial })
    return (rows[0]?.value as string | null | undefined) ?? undefined
  }

  #execute(query: string, values: unknown[], options: QueryOptions & { host?: Host } = {}): Promise<types.ResultSet> {
    return this.#patiently(() =>
      this.#client.execute(query, values, {
        consistency: types.consistencies.localQuorum,
        serialConsistency: types.consistencies.localSerial,
        prepare: true,
        readTimeout: ddlMs,
        ...options,
      }),
    )
  }

  /** A change of the schema, always asked of the same node while it is up: one node makes its changes one by one. */
  async #change(statement: string): Promise<void> {
    await this.#patiently(() => {
      const host = this.#maker()
      return this.#client.execute(statement, [], { readTimeout: ddlMs, ...(host && { host }) })
    })
  }

  /** What nodes cannot do at the moment (one has ended, another has not heard of a table) is asked of them again. */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (const began = performance.now(); ; ) {
      try {
        return await work()
      } catch (error) {
        if (!(refused(error) instanceof Refusal) && !isNotThereYet(error)) throw error
        if (performance.now() - began > schemaMakingMs) {
          const unusable = new EngineUnusable(
            `Cassandra could not answer for ${schemaMakingMs / 1_000} s (${(error as Error).message}): see \`nodetool status\`, then start again.`,
          )
          unusable.cause = error
          throw unusable
        }
        await this.#clock.sleep(200)
      }
    }
  }

  /** The node of the least address that is up. */
  #maker(): Host | undefined {
    return this.#upHosts().reduce((least: Host | undefined, host) => {
      return least === undefined || host.address < least.address ? host : least
    }, undefined)
  }

  #upHosts(): Host[] {
    return this.#client.hosts.values().filter((host) => host.isUp())
  }

  /** The statement with its table named in full. */
  #qualified(statement: string): string {
    return statement.replace(/^(\s*(?:CREATE|ALTER|DROP) TABLE (?:IF (?:NOT )?EXISTS )?)/, `$1${this.#keyspace}.`)
  }
}

/** Columns that an upgrade made which did not come to its end are there already. */
function ignoreMade(error: unknown): void {
  if (error instanceof errors.ResponseError && /already exists|conflicts with an existing column/.test(error.message))
    return
  throw error
}

/** A change of the schema waits for all nodes. */
const ddlMs = 20_000

/** A table is listed a moment before its node can use it. */
function isNotThereYet(error: unknown): boolean {
  return error instanceof errors.ResponseError && /does not exist|unconfigured table/.test(error.message)
}

function nameOf(table: string): string {
  const name = /^\s*CREATE TABLE IF NOT EXISTS ([a-z_]+)/.exec(table)?.[1]
  if (name === undefined) throw new Error(`not a CREATE TABLE IF NOT EXISTS: ${table.slice(0, 60)}`)
  return name
}
