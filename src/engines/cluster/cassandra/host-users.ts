import type { UserId } from '../../../core/ids.ts'
import { type HostUsers, handlesFor, noHandleLeft } from '../../../ports/host-users.ts'
import type { UserRecord, UserStore } from '../../../ports/users.ts'
import { type Cassandra, statement } from './client.ts'
import { claimHandle, findHandle, insertUser, once } from './users.ts'

interface Row {
  user_id: UserId
  name: string
  named_at: number
  made?: boolean
}

const findSub = statement<Row>('SELECT user_id, name, named_at, made FROM subs WHERE sub = ?')
const claimSub = statement<Row>('INSERT INTO subs (sub, user_id, name, named_at) VALUES (?, ?, ?, ?) IF NOT EXISTS')
const madeSub = statement<Row>('UPDATE subs SET made = true WHERE sub = ? IF user_id = ?')
const nameSub = statement<Row>('UPDATE subs SET name = ?, named_at = ? WHERE sub = ? IF named_at < ?')

/**
 * The `sub` is claimed first and so fixes the id; then a handle, then the user. Whoever finds a `sub` whose user
 * was not made (the maker died, or is at work) goes the same way once more, to the same end.
 */
export function createCassandraHostUsers(db: Cassandra, users: Pick<UserStore, 'byHandle'>): HostUsers {
  /** The first handle that is theirs, whoever claimed it for them. */
  async function handleFor(user: UserRecord): Promise<string> {
    for (const handle of handlesFor(user)) {
      const claimed = await db.lwt(claimHandle, [handle, user.id], {
        read: findHandle,
        values: [handle],
        mine: (row) => row?.user_id === user.id,
      })
      if (claimed.applied || claimed.row?.user_id === user.id) return handle
    }
    throw noHandleLeft(user.id)
  }

  async function make(sub: string, user: UserRecord): Promise<void> {
    const { id, name, bio, role } = user
    const handle = await handleFor(user)
    await db.write(insertUser, [id, handle, name, bio, role, undefined, once])
    // Makes them searchable.
    await users.byHandle(handle)
    await db.lwt(madeSub, [sub, id], { read: findSub, values: [sub], mine: (row) => row?.made === true })
  }

  return {
    async find(sub) {
      const row = await db.one(findSub, [sub])
      return row && { user: row.user_id, name: row.name, namedAt: row.named_at }
    },

    async create(sub, user, namedAt) {
      const claimed = await db.lwt(claimSub, [sub, user.id, user.name, namedAt], {
        read: findSub,
        values: [sub],
        mine: (row) => row?.user_id === user.id,
      })
      const row = claimed.applied ? undefined : (claimed.row ?? (await db.one(findSub, [sub])))
      const id = row?.user_id ?? user.id
      if (row?.made !== true) await make(sub, { ...user, id })
      return id
    },

    async named(sub, name, namedAt) {
      await db.lwt(nameSub, [name, namedAt, sub, namedAt], {
        read: findSub,
        values: [sub],
        mine: (row) => row === undefined || row.named_at >= namedAt,
      })
    },
  }
}
