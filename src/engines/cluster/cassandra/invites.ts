import type { Id, UserId } from '../../../core/ids.ts'
import { inviteKeptMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { InviteRecord, InviteStore } from '../../../ports/invites.ts'
import { type Cassandra, statement } from './client.ts'

export interface InviteRow {
  id: Id
  secret: string | undefined
  made_by: UserId
  expires_at: number | undefined
  used_by: UserId
  used_at: number
}
type Holder = Pick<InviteRow, 'used_by' | 'used_at'>

export const inviteColumns = 'id, secret, made_by, expires_at, used_by, used_at'
const find = statement<InviteRow>(`SELECT ${inviteColumns} FROM invites WHERE id = ?`)
const insert = statement<InviteRow>(
  `INSERT INTO invites (${inviteColumns}) VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS USING TTL ?`,
)
const holder = statement<Holder>('SELECT used_by, used_at FROM invites WHERE id = ?')
const pass = statement<Holder>('UPDATE invites USING TTL ? SET used_by = ?, used_at = ? WHERE id = ? IF used_by = ?')

/** Undefined for what is half gone. */
export function inviteOf({ id, secret, made_by: by, ...row }: InviteRow): InviteRecord | undefined {
  const { expires_at: expiresAt, used_by: usedBy = 0, used_at: usedAt = 0 } = row
  return secret === undefined || expiresAt === undefined ? undefined : { id, secret, by, expiresAt, usedBy, usedAt }
}

/** In seconds: an hour longer than anybody asks, so that no column goes before the row is old by any clock. */
function lifeSeconds(expiresAt: number, now: number): number {
  return Math.max(1, Math.ceil((expiresAt + inviteKeptMs + 3_600_000 - now) / 1_000))
}

/** Adds an invitation that is not there yet. */
export async function addInvite(db: Cassandra, invite: InviteRecord, now: number): Promise<void> {
  const { id, secret, by, expiresAt, usedBy, usedAt } = invite
  await db.lwt(insert, [id, secret, by, expiresAt, usedBy, usedAt, lifeSeconds(expiresAt, now)], {
    read: find,
    values: [id],
    mine: (row) => row !== undefined,
  })
}

export function createCassandraInvites({ db, clock }: { db: Cassandra; clock: Clock }): InviteStore {
  let forgottenBefore = 0

  async function one(id: Id): Promise<InviteRecord | undefined> {
    const row = await db.one(find, [id], 'serial')
    const invite = row && inviteOf(row)
    return invite !== undefined && invite.expiresAt >= forgottenBefore ? invite : undefined
  }

  return {
    add: (invite) => addInvite(db, invite, clock.now()),
    one,
    async pass(id, from, to, at) {
      const invite = await one(id)
      if (invite?.usedBy !== from) return false
      const passed = await db.lwt(pass, [lifeSeconds(invite.expiresAt, clock.now()), to, at, id, from], {
        read: holder,
        values: [id],
        mine: (row) => row?.used_by === to && row.used_at === at,
      })
      return passed.applied
    },
    // Rows end by themselves; until then, old ones count as absent.
    async forget(before) {
      forgottenBefore = Math.max(forgottenBefore, before)
    },
  }
}
