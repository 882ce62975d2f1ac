import type { MessageId, UserId } from '../core/ids.ts'
import type { BlockStore, Standing } from '../ports/blocks.ts'
import type { Bodies, Body } from './bodies.ts'
import { noSuchMessage } from './delete.ts'

/**
 * What blocks take from sight, wherever it is asked for by name: between whom a block stands, each is to the other as if
 * absent. Timelines go by `Followees` instead, which leave out the muted too.
 */
export interface Visibility {
  /** The message; throws `no_such_message` where it is gone, or a block stands between its author and the reader. */
  mustSeeMessage(reader: UserId, id: MessageId): Promise<Body>
  /** Those of `others` between whom and the reader a block stands: one look-up. At most 1,000. */
  blockedAmong(reader: UserId, others: readonly UserId[]): Promise<ReadonlySet<UserId>>
}

export const standsBetween = (standing: Standing | undefined): boolean =>
  standing !== undefined && (standing.blocked || standing.blockedBy)

export function createVisibility({
  blocks,
  messages,
}: {
  blocks: Pick<BlockStore, 'standings'>
  messages: Pick<Bodies, 'many'>
}): Visibility {
  async function blockedAmong(reader: UserId, others: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    const standings = await blocks.standings(reader, others)
    return new Set([...standings.keys()].filter((other) => standsBetween(standings.get(other))))
  }

  return {
    blockedAmong,
    async mustSeeMessage(reader, id) {
      const [body] = await messages.many([id])
      if (body === undefined) throw noSuchMessage()
      if (body.author !== reader && (await blockedAmong(reader, [body.author])).size > 0) throw noSuchMessage()
      return body
    },
  }
}
