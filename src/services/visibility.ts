import type { MessageId, UserId } from '../core/ids.ts'
import type { BlockStore, Standing } from '../ports/blocks.ts'
import { type Bodies, type Body, isWhole } from './bodies.ts'
import { noSuchMessage } from './delete.ts'

/**
 * What blocks take from sight, wherever it is asked for by name: between whom a block stands, each is to the other as if
 * absent. Timelines go by `Followees` instead, which leave out the muted too.
 */
export interface Visibility {
  /**
   * The message; throws `no_such_message`, with this field, where it is gone, or a block stands between its author and the
   * reader, or the author of what it boosts and the reader.
   */
  mustSeeMessage(reader: UserId, id: MessageId, field?: string): Promise<Body>
  /** Those of the bodies that are whole and that no block takes from sight: one look-up, none where `known` wrote them all. */
  seen(reader: UserId, bodies: readonly (Body | undefined)[], known?: UserId): Promise<Body[]>
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

  async function seen(reader: UserId, bodies: readonly (Body | undefined)[], known = reader): Promise<Body[]> {
    const whole = bodies.filter(isWhole)
    const others = new Set<UserId>()
    for (const { author, original } of whole) {
      others.add(author)
      if (original !== undefined) others.add(original.author)
    }
    others.delete(reader)
    others.delete(known)
    if (others.size === 0) return whole
    const blocked = await blockedAmong(reader, [...others])
    if (blocked.size === 0) return whole
    return whole.filter(({ author, original }) => !blocked.has(author) && !blocked.has(original?.author ?? author))
  }

  return {
    blockedAmong,
    seen,
    async mustSeeMessage(reader, id, field) {
      const [body] = await seen(reader, await messages.many([id]))
      if (body === undefined) throw noSuchMessage(field)
      return body
    },
  }
}
