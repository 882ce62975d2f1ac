import { copyCacheKiB } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { CopyPlace } from '../../../ports/copy.ts'
import { hasDatabase, openForCopy } from '../database.ts'
import { auditReader, auditWriter, invitesReader, invitesWriter, reportsReader, reportsWriter } from './community.ts'
import { deletionsReader, deletionsWriter } from './deletions.ts'
import { edgesReader, edgesWriter } from './edges.ts'
import { hidesReader, hidesWriter } from './hides.ts'
import { hotReader, hotWriter } from './hot.ts'
import { installationReader, installationWriter } from './installation.ts'
import { deadReader, deadWriter, jobsReader, jobsWriter } from './jobs.ts'
import { keysReader, keysWriter } from './keys.ts'
import { likesReader, likesWriter } from './likes.ts'
import { copyMarks, readCopy, writeCopy } from './mark.ts'
import { mediaReader, mediaWriter } from './media.ts'
import { messagesReader, messagesWriter, outboxesReader, outboxesWriter } from './messages.ts'
import { notificationsReader, notificationsWriter, readsReader, readsWriter } from './notifications.ts'
import { pushesReader, pushesWriter } from './pushes.ts'
import { subsReader, subsWriter } from './subs.ts'
import { tokensReader, tokensWriter, usersReader, usersWriter } from './users.ts'
import { withdrawnReader, withdrawnWriter } from './withdrawn.ts'

export interface EmbeddedPlaceOptions {
  readonly data: string
  /** A source must be there; a target is made. */
  readonly end: 'source' | 'target'
  readonly chance?: Chance
}

/**
 * A data folder as one end of a copy. It is locked against servers as long as it is open.
 * @throws DataFolderLocked, DataFolderUnusable, SchemaTooNew, Refusal `not_found`
 */
export function openEmbeddedPlace({ data, end, chance }: EmbeddedPlaceOptions): CopyPlace {
  if (end === 'source' && !hasDatabase(data)) {
    throw new Refusal('not_found', `There is no installation in ${data}: give --from the data folder of one.`)
  }
  const { db, close } = openForCopy(data, chance)
  // A commit that a power cut takes was never marked; what is finished is synced as a whole.
  db.run('PRAGMA synchronous = NORMAL')
  db.run('PRAGMA wal_autocheckpoint = 2000')
  db.run(`PRAGMA cache_size = -${copyCacheKiB}`)
  const marks = copyMarks(db)
  const exists = (table: string) => db.query(`SELECT 1 FROM ${table} LIMIT 1`).get() !== null
  const number = (sql: string) => (db.query(sql).values() as [[number | null]])[0][0] ?? 0

  return {
    name: `embedded:${data}`,
    readers: {
      installation: installationReader(db),
      users: usersReader(db),
      tokens: tokensReader(db),
      withdrawn: withdrawnReader(db),
      subs: subsReader(db),
      edges: edgesReader(db),
      hides: hidesReader(db),
      messages: messagesReader(db),
      jobs: jobsReader(db),
      dead: deadReader(db),
      outboxes: outboxesReader(db),
      likes: likesReader(db),
      keys: keysReader(db),
      hot: hotReader(db),
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
      installation: installationWriter(db, marks),
      users: usersWriter(db, marks),
      tokens: tokensWriter(db, marks),
      withdrawn: withdrawnWriter(db, marks),
      subs: subsWriter(db, marks),
      edges: edgesWriter(db, marks),
      hides: hidesWriter(db, marks),
      messages: messagesWriter(db, marks),
      jobs: jobsWriter(db, marks),
      dead: deadWriter(db, marks),
      outboxes: outboxesWriter(db, marks),
      likes: likesWriter(db, marks),
      keys: keysWriter(db, marks),
      hot: hotWriter(db, marks),
      deletions: deletionsWriter(db, marks),
      reports: reportsWriter(db, marks),
      invites: invitesWriter(db, marks),
      audit: auditWriter(db, marks),
      media: mediaWriter(db, marks),
      notifications: notificationsWriter(db, marks),
      reads: readsWriter(db, marks),
      pushes: pushesWriter(db, marks),
    },

    async serving() {
      return []
    },
    async state() {
      return {
        installation: number("SELECT value FROM meta WHERE key = 'installation'"),
        empty: !exists('users') && !exists('messages'),
        copy: readCopy(db),
      }
    },
    async begin(copy) {
      writeCopy(db, copy)
    },
    async marks(kind) {
      return marks.of(kind)
    },
    async kept() {
      return [
        { name: 'followers', kind: 'edges', count: number('SELECT sum(followers) FROM users') },
        { name: 'following', kind: 'edges', count: number('SELECT sum(following) FROM users') },
        { name: 'likes', kind: 'likes', count: number('SELECT sum(likes) FROM counts') },
      ]
    },
    async finish(copy) {
      db.run('PRAGMA synchronous = FULL')
      db.transaction(() => {
        marks.forget()
        writeCopy(db, copy)
      }).immediate()
      db.run('PRAGMA wal_checkpoint(TRUNCATE)')
    },
    async close() {
      close()
    },
  }
}
