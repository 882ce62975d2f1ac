import type { Id } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Engine } from '../ports/engine.ts'
import type { UserStore } from '../ports/users.ts'
import { createNoteAct, type NoteAct } from './audit.ts'
import { createCreateOnce } from './create-once.ts'
import type { DeleteMessage } from './delete.ts'
import { createExport, type Export } from './export.ts'
import { createInvites, type Invites } from './invites.ts'
import { createModeratedDelete } from './moderate-messages.ts'
import type { People } from './people.ts'

import { createReports, type Reports } from './reports.ts'
import type { Road } from './road.ts'
import { createRoles, type Roles } from './roles.ts'
import { createSuspensions, type Suspensions } from './suspensions.ts'
import type { Withdrawn } from './withdrawn.ts'

/** What it takes to run a community, wired over an engine. */
export interface Moderation {
  readonly roles: Roles
  readonly noteAct: NoteAct
  readonly reports: Reports
  readonly invites: Invites
  readonly suspensions: Suspensions
  /** For moderators too, who may delete anybody's. */
  readonly deleteMessage: DeleteMessage
  readonly exportOf: Export
}

export function createModeration({
  engine,
  users,
  people,
  withdrawn,
  road: { deleteMessage, present, bodies, visibility },
  takeId,
  clock,
}: {
  engine: Pick<
    Engine,
    | 'users'
    | 'graph'
    | 'blocks'
    | 'likes'
    | 'messages'
    | 'idempotency'
    | 'reports'
    | 'invites'
    | 'audit'
    | 'push'
    | 'media'
  >
  /** The users as everybody sees them. */
  users: UserStore
  people: Pick<People, 'me'>
  withdrawn: Withdrawn
  road: Pick<Road, 'deleteMessage' | 'present' | 'bodies' | 'visibility'>
  takeId: () => Promise<Id>
  clock: Pick<Clock, 'now'>
}): Moderation {
  const { messages, idempotency } = engine
  const roles = createRoles({ users })
  const noteAct = createNoteAct({ audit: engine.audit, takeId })
  const createOnce = createCreateOnce({ idempotency, takeId, clock })
  const shared = { users, messages, roles, noteAct, createOnce, clock }
  return {
    roles,
    noteAct,
    reports: createReports({ ...shared, reports: engine.reports, allUsers: engine.users, present, bodies, visibility }),
    invites: createInvites({ ...shared, invites: engine.invites }),
    suspensions: createSuspensions({ ...shared, users: engine.users, push: engine.push, withdrawn }),
    deleteMessage: createModeratedDelete({ ...shared, deleteMessage }),
    exportOf: createExport({ ...engine, users, people }),
  }
}
