import { type HostUsers, handlesFor, noHandleLeft } from '../../ports/host-users.ts'
import { type MemoryTruth, noteId } from './truth.ts'

export function createMemoryHostUsers(truth: MemoryTruth): HostUsers {
  return {
    async find(sub) {
      return truth.hostUsers.get(sub)
    },

    async create(sub, user, namedAt) {
      const former = truth.hostUsers.get(sub)
      if (former !== undefined) return former.user
      const { id, name } = user
      const handle = handlesFor(user).find((one) => !truth.handles.has(one))
      if (handle === undefined) throw noHandleLeft(id)
      truth.hostUsers.set(sub, { user: id, name, namedAt })
      truth.handles.set(handle, id)
      truth.users.set(id, { record: { ...user, handle }, passwordHash: undefined })
      noteId(truth, id)
      return id
    },

    async named(sub, name, namedAt) {
      const former = truth.hostUsers.get(sub)
      if (former !== undefined && former.namedAt < namedAt) truth.hostUsers.set(sub, { ...former, name, namedAt })
    },
  }
}
