import { activityContract } from '../../src/ports/activity.contract.ts'
import { auditContract } from '../../src/ports/audit.contract.ts'
import { blocksContract } from '../../src/ports/blocks.contract.ts'
import { busContract } from '../../src/ports/bus.contract.ts'
import { engineContract } from '../../src/ports/engine.contract.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { graphContract } from '../../src/ports/graph.contract.ts'
import { hostUsersContract } from '../../src/ports/host-users.contract.ts'
import { hotLogContract } from '../../src/ports/hot-log.contract.ts'
import { idempotencyContract } from '../../src/ports/idempotency.contract.ts'
import { inboxContract } from '../../src/ports/inbox.contract.ts'
import { invitesContract } from '../../src/ports/invites.contract.ts'
import { likesContract } from '../../src/ports/likes.contract.ts'
import { linksContract } from '../../src/ports/links.contract.ts'
import { mediaContract } from '../../src/ports/media.contract.ts'
import { membersContract } from '../../src/ports/members.contract.ts'
import { messagesContract } from '../../src/ports/messages.contract.ts'
import { notificationsContract } from '../../src/ports/notifications.contract.ts'
import { outboxRowsContract } from '../../src/ports/outbox-rows.contract.ts'
import { pushContract } from '../../src/ports/push.contract.ts'
import { queueContract } from '../../src/ports/queue.contract.ts'
import { reportsContract } from '../../src/ports/reports.contract.ts'
import { retentionContract } from '../../src/ports/retention.contract.ts'
import { searchContract } from '../../src/ports/search.contract.ts'
import type { Open } from '../../src/ports/support.contract.ts'
import { usersContract } from '../../src/ports/users.contract.ts'
import { withdrawnContract } from '../../src/ports/withdrawn.contract.ts'

/** The contract of every port, for one engine. */
export function allContracts(name: string, open: Open<keyof Engine>): void {
  messagesContract(name, open)
  outboxRowsContract(name, open)
  queueContract(name, open)
  graphContract(name, open)
  blocksContract(name, open)
  inboxContract(name, open)
  hotLogContract(name, open)
  busContract(name, open)
  usersContract(name, open)
  withdrawnContract(name, open)
  hostUsersContract(name, open)
  likesContract(name, open)
  linksContract(name, open)
  searchContract(name, open)
  notificationsContract(name, open)
  activityContract(name, open)
  pushContract(name, open)
  idempotencyContract(name, open)
  reportsContract(name, open)
  invitesContract(name, open)
  auditContract(name, open)
  mediaContract(name, open)
  membersContract(name, open)
  retentionContract(name, open)
  engineContract(name, open)
}
