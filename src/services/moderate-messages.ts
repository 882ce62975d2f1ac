import type { UserId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { NoteAct } from './audit.ts'
import type { DeleteMessage } from './delete.ts'
import type { Roles } from './roles.ts'

/** `deleteMessage` for moderators too, who may delete anybody's; their own way is as quick as everybody's. */
export function createModeratedDelete({
  deleteMessage,
  messages,
  roles,
  noteAct,
}: {
  deleteMessage: DeleteMessage
  messages: Pick<MessageStore, 'many'>
  roles: Pick<Roles, 'of'>
  noteAct: NoteAct
}): DeleteMessage {
  /** Whose message a moderator may delete in the author's place. */
  async function authorFor(user: UserId, id: number): Promise<UserId | undefined> {
    if ((await roles.of(user)) === 'user') return undefined
    const [record] = await messages.many([id])
    return record?.author
  }

  return async function moderatedDelete(user, id) {
    try {
      await deleteMessage(user, id)
    } catch (error) {
      const others = error instanceof Refusal && (error.code === 'not_yours' || error.code === 'no_such_message')
      const author = others ? await authorFor(user, id) : undefined
      if (author === undefined) throw error
      await noteAct(user, 'delete_message', { user: author, subject: id })
      await deleteMessage(author, id)
    }
  }
}
