import { copyScanRows } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import { Refusal } from '../../../core/refusal.ts'
import { type Chance, systemChance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { CopyPlace } from '../../../ports/copy.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { connectAdmin, connectCassandra } from '../cassandra/connect.ts'
import { hasInstallation } from '../cassandra/installation.ts'
import { readNodes } from '../cassandra/node-lease.ts'
import { checkSafety } from '../cassandra/safety.ts'
import { makeSchema } from '../cassandra/schema.ts'
import { createWriteTimes } from '../cassandra/write-times.ts'
import { type CassandraSettings, readCassandra } from '../settings.ts'
import { EngineUnusable } from '../unusable.ts'
import { auditReader, auditWriter, invitesReader, invitesWriter, reportsReader, reportsWriter } from './community.ts'
import { deletionsReader, deletionsWriter, untoldDeletions } from './deletions.ts'
import { edgesReader, edgesWriter } from './edges.ts'
import { hidesReader, hidesWriter } from './hides.ts'
import { hotReader, hotWriter } from './hot.ts'
import { cursorKey, installationReader, installationWriter } from './installation.ts'
import { createJobTable, deadReader, deadWriter, jobsReader, jobsWriter } from './jobs.ts'
import { keysReader, keysWriter } from './keys.ts'
import { likesReader, likesWriter } from './likes.ts'
import { copyMarks, readCopy, writeCopy } from './marks.ts'
import { mediaReader, mediaWriter } from './media.ts'
import { messagesReader, messagesWriter, outboxesReader, outboxesWriter } from './messages.ts'
import { notificationsReader, notificationsWriter, readsReader, readsWriter } from './notifications.ts'
import { patient } from './patient.ts'
import { pushesReader, pushesWriter } from './pushes.ts'
import { subsReader, subsWriter } from './subs.ts'
import { tokensReader, tokensWriter, usersReader, usersWriter } from './users.ts'
import { withdrawnReader, withdrawnWriter } from './withdrawn.ts'

export interface ClusterPlaceOptions {
  /** `--cassandra` as it was given. */
  readonly cassandra: string
  readonly keyspace: string
  /** Of a keyspace that is made. */
  readonly replication: number
  readonly allowUnsafe: boolean
  /** A source must be there; a target is made. */
  readonly end: 'source' | 'target'
  readonly clock: Clock
  readonly log: Log
  readonly chance?: Chance
  /** How large shards of an author's followers may be, for tests. */
  readonly perShardMax?: number
}

const anyUser = statement<{ handle: string }>('SELECT handle FROM handles LIMIT 1')
const anyMessage = statement<{ id: number }>('SELECT id FROM messages LIMIT 1')
const likeCounts = statement<{ n: number | undefined }>('SELECT n FROM like_counts')

/**
 * A keyspace as one end of a copy.
 * @throws WrongSetting, EngineUnusable, Refusal `not_found`
 */
export async function openClusterPlace(options: ClusterPlaceOptions): Promise<CopyPlace> {
  const { keyspace, clock, chance = systemChance, perShardMax } = options
  const connected = await open(options, readCassandra(options.cassandra))
  const db = patient(connected, clock)
  const marks = copyMarks(db)
  const writeTime = createWriteTimes(clock)
  const jobs = createJobTable(db, writeTime)
  const untold = untoldDeletions(db)

  return {
    name: `cluster:${keyspace}`,
    readers: {
      installation: installationReader(db, clock, chance),
      users: usersReader(db),
      tokens: tokensReader(db),
      withdrawn: withdrawnReader(db),
      subs: subsReader(db),
      edges: edgesReader(db),
      hides: hidesReader(db),
      messages: messagesReader(db, untold),
      outboxes: outboxesReader(db, untold),
      jobs: jobsReader(db, clock),
      dead: deadReader(db),
      likes: likesReader(db),
      keys: keysReader(db),
      hot: hotReader(db, clock, chance),
      deletions: deletionsReader(db),
      reports: reportsReader(db),
      invites: invitesReader(db),
      audit: auditReader(db),
      media: mediaReader(db),
      notifications: notificationsReader(db),
      reads: readsReader(db),
      pushes: pushesReader(db),
    },
    writers: {
      installation: installationWriter(db, marks, chance),
      users: usersWriter(db, marks),
      tokens: tokensWriter(db, marks),
      withdrawn: withdrawnWriter(db, marks),
      subs: subsWriter(db, marks),
      edges: edgesWriter({ db, marks, clock, perShardMax }),
      hides: hidesWriter(db, marks),
      messages: messagesWriter(db, marks, clock),
      outboxes: outboxesWriter(db, marks, clock, jobs),
      jobs: jobsWriter(marks, jobs),
      dead: deadWriter(db, marks, jobs),
      likes: likesWriter(db, marks, clock, writeTime),
      keys: keysWriter(db, marks, clock),
      hot: hotWriter(db, marks),
      deletions: deletionsWriter(db, marks),
      reports: reportsWriter(db, marks),
      invites: invitesWriter(db, marks, clock),
      audit: auditWriter(db, marks),
      media: mediaWriter(db, marks),
      notifications: notificationsWriter(db, marks),
      reads: readsWriter(db, marks),
      pushes: pushesWriter(db, marks),
    },

    async serving() {
      const now = clock.now()
      const living = (await readNodes(db)).filter((row) => row.lease_end > now)
      return living.map(({ id, address }) => (address === '' ? `node ${id}` : `node ${id} at ${address}`))
    },
    async state() {
      const [key, user, message, copy] = await Promise.all([
        cursorKey(db),
        db.one(anyUser, []),
        db.one(anyMessage, []),
        readCopy(db),
      ])
      return { installation: key?.installation, empty: user === undefined && message === undefined, copy }
    },
    begin: (copy) => writeCopy(db, copy),
    marks: (kind) => marks.of(kind),
    async kept() {
      return [{ name: 'likes', kind: 'likes', count: await sumOfLikes(db) }]
    },
    async finish(copy) {
      await writeCopy(db, copy)
      await marks.forget()
    },
    close: () => db.close(),
  }
}

async function open(options: ClusterPlaceOptions, settings: CassandraSettings): Promise<Cassandra> {
  const { keyspace, clock, log, end } = options
  const admin = await connectAdmin(settings, clock)
  try {
    if (end === 'source' && !(await hasInstallation(admin.client, keyspace))) {
      throw new Refusal('not_found', `There is no installation in the keyspace ${keyspace}: give --from that of one.`)
    }
    if (end === 'target') {
      const findings = await checkSafety(admin, options)
      const [reason] = findings.unsafe
      if (reason !== undefined && !options.allowUnsafe) throw new EngineUnusable(reason)
      for (const sentence of [...findings.unsafe, ...findings.warnings]) log.warn({}, sentence)
    }
    await makeSchema(admin, options)
    return await connectCassandra({ settings, keyspace, clock, log, dataCenter: admin.dataCenter })
  } finally {
    await admin.close()
  }
}

/** Page by page: to have it summed there would outlast a call's time. */
async function sumOfLikes(db: Cassandra): Promise<number> {
  let sum = 0
  for (let page: string | undefined; ; ) {
    const { rows, next } = await db.page(likeCounts, [], copyScanRows, page)
    for (const { n } of rows) sum += n ?? 0
    if (next === undefined) return sum
    page = next
  }
}
