import type { Database } from 'bun:sqlite'
import { activityWriter } from './activity.ts'
import { auditOps } from './audit.ts'
import { authorIndexOps } from './author-index-writer.ts'
import { blockOps } from './blocks.ts'
import { boostOps } from './boosts.ts'
import { graphOps } from './graph-writer.ts'
import { hostUserOps } from './host-users.ts'
import { hotOps } from './hot-log.ts'
import { idempotencyOps } from './idempotency.ts'
import { inviteOps } from './invites.ts'
import { likeOps } from './likes.ts'
import { mediaOps } from './media.ts'
import { messageOps } from './messages-writer.ts'
import { notificationOps } from './notifications-writer.ts'
import { pushOps } from './push.ts'
import { reportOps } from './reports.ts'
import { retentionOps } from './retention-writer.ts'
import { searchOps } from './search-writer.ts'
import { userOps } from './users.ts'
import { withdrawnOps } from './withdrawn.ts'

/**
 * Every operation of the writer, by name. A handler runs inside the open transaction of a batch, on the writer's thread:
 * it takes plain values, does its statements and returns a plain value (or nothing). It keeps no state of its own but what
 * `beforeCommit` writes and `rolledBack` drops, since its transaction may be rolled back and run again; what it throws rolls
 * back only its own operation.
 */
export function writerOps(db: Database) {
  const { ops: activityOps, beforeCommit, rolledBack } = activityWriter(db)
  const ops = {
    ...userOps(db),
    ...hostUserOps(db),
    ...graphOps(db),
    ...blockOps(db),
    ...messageOps(db),
    ...authorIndexOps(db),
    ...searchOps(db),
    ...likeOps(db),
    ...boostOps(db),
    ...notificationOps(db),
    ...activityOps,
    ...idempotencyOps(db),
    ...hotOps(db),
    ...withdrawnOps(db),
    ...retentionOps(db),
    ...reportOps(db),
    ...inviteOps(db),
    ...auditOps(db),
    ...mediaOps(db),
    ...pushOps(db),
  }
  return { ops, beforeCommit, rolledBack }
}

export type WriterOps = ReturnType<typeof writerOps>['ops']
