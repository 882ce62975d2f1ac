import type { CursorKey } from '../../../core/cursor.ts'
import type { Log } from '../../../core/log.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import { refuseUnfinishedCopy } from '../copy/marks.ts'
import type { CassandraSettings } from '../settings.ts'
import { EngineUnusable } from '../unusable.ts'
import type { CallKind, Cassandra } from './client.ts'
import { connectAdmin, connectCassandra } from './connect.ts'
import { hasInstallation, installationKey } from './installation.ts'
import { checkSafety, type Findings } from './safety.ts'
import { makeSchema } from './schema.ts'

export interface OpenOptions {
  readonly settings: CassandraSettings
  readonly keyspace: string
  /** The wanted factor; a keyspace with less is refused. */
  readonly replication: number
  /** Serve also where settings could lose data. */
  readonly allowUnsafe: boolean
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** Refuse a keyspace without an installation, where one would else be begun. */
  readonly mustExist?: boolean
  /** How long engines that do not answer are waited for; `engineStartMs` without it. */
  readonly startMs?: number
  /** Fewer than all, for tests. */
  readonly tables?: readonly string[]
  /** Told of each call's outcome, for metrics. */
  readonly observe?: (kind: CallKind, ms: number, failed: boolean) => void
}

/** Cassandra as the ports need it: connected, checked, with its tables. */
export interface OpenCassandra {
  readonly db: Cassandra
  readonly cursorKey: CursorKey
  /** What was found that could lose data; nothing of `unsafe` unless it is allowed. Warnings are in the log already. */
  readonly findings: Findings
}

/**
 * Opens the installation in the keyspace, or begins one there, unless `mustExist`.
 * @throws EngineUnusable
 */
export async function openCassandra(options: OpenOptions): Promise<OpenCassandra> {
  const admin = await connectAdmin(options.settings, options.clock, options.startMs)
  try {
    if (options.mustExist && !(await hasInstallation(admin.client, options.keyspace))) {
      throw new EngineUnusable(`There is no installation in the keyspace ${options.keyspace}: name it with --keyspace.`)
    }
    const findings = await checkSafety(admin, options)
    const [reason] = findings.unsafe
    if (reason !== undefined && !options.allowUnsafe) throw new EngineUnusable(reason)
    for (const sentence of [...findings.unsafe, ...findings.warnings]) options.log.warn({}, sentence)
    await makeSchema(admin, options)
    const db = await connectCassandra({ ...options, dataCenter: admin.dataCenter })
    try {
      await refuseUnfinishedCopy(db)
      return { db, cursorKey: await installationKey(db, options.chance), findings }
    } catch (error) {
      await db.close()
      throw error
    }
  } finally {
    await admin.close()
  }
}
