import type { Draft, Message } from '../../sdk/index.ts'
import { rookery } from './client.ts'
import { change } from './posts.ts'

/** Sends; resolves to the message, or to undefined where it waits for the network. @throws RookeryError */
export async function send(draft: Draft): Promise<Message | undefined> {
  const message = await rookery.send(draft)
  if (draft.replyTo !== undefined) change(draft.replyTo, (parent) => ({ ...parent, replies: parent.replies + 1 }))
  return message
}
