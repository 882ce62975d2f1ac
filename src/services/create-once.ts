import type { Id, UserId } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Idempotency } from '../ports/idempotency.ts'

/** What may be created with an `Idempotency-Key`, besides messages. */
export type Kind = 'report' | 'invite'

export interface Creation<T> {
  /** Checks the wish, and gives what carries it out under an id; carried out again under the same id, it changes nothing. */
  readonly prepare: () => Promise<(id: Id) => Promise<void>>
  /** The thing as it is now. */
  readonly read: (id: Id) => Promise<T>
  /** Whether there is one with this id. */
  readonly exists: (id: Id) => Promise<boolean>
}

/**
 * Creates a thing that is never deleted, or gives what the same user has created with the same key: the key fixes the id
 * before anything is written, so that a try that died is finished by the next. What `prepare` throws is not remembered.
 */
export type CreateOnce = <T>(user: UserId, kind: Kind, key: string | undefined, creation: Creation<T>) => Promise<T>

export function createCreateOnce({
  idempotency,
  takeId,
  clock,
}: {
  idempotency: Pick<Idempotency, 'find' | 'claim'>
  takeId: () => Promise<Id>
  clock: Pick<Clock, 'now'>
}): CreateOnce {
  return async function createOnce(user, kind, key, { prepare, read, exists }) {
    if (key === undefined) {
      const create = await prepare()
      const id = await takeId()
      await create(id)
      return read(id)
    }
    // No client's key has a newline, so these stand beside those of messages.
    const name = `${kind}\n${key}`
    const found = await idempotency.find(user, name)
    if (found !== undefined && (await exists(found.job.id))) return read(found.job.id)
    const create = await prepare()
    const job = {
      id: found?.job.id ?? (await takeId()),
      author: user,
      mode: 'pushed',
      prev: [],
      crossed: false,
    } as const
    const claimed = await idempotency.claim(user, name, job, clock.now())
    await create(claimed.job.id)
    return read(claimed.job.id)
  }
}
