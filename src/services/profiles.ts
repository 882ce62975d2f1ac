import type { UserId } from '../core/ids.ts'
import { authorsCachedMax } from '../core/limits.ts'
import { previewPath } from '../core/media.ts'
import type { BusEvent } from '../ports/bus.ts'
import type { UserRecord, UserStore } from '../ports/users.ts'

export interface Profiles {
  /** The `Author` object as JSON: at once where it is held, else after one look-up shared by all who wait for it. */
  authorJson(user: UserId): string | Promise<string>
  /** The user's name or picture has changed. */
  forget(user: UserId): void
  /** Changes whenever somebody was forgotten. */
  version(): number
  /** Anybody's may have changed unheard. */
  forgetAll(): void
  /** To be called with every event of the Bus. */
  hear(event: BusEvent): void
}

/**
 * Authors as they stand in every message: ready JSON, bounded. Two generations: when the young one is full it becomes the
 * old one, and what is asked for out of the old one moves back; so what is in use stays, at the cost of a Map look-up.
 */
export function createProfiles({ users }: { users: Pick<UserStore, 'many'> }): Profiles {
  let young = new Map<UserId, string>()
  let old = new Map<UserId, string>()
  const loading = new Map<UserId, Promise<string>>()
  let batch: UserId[] = []
  let batched: Promise<(UserRecord | undefined)[]> | undefined

  function keep(user: UserId, json: string): void {
    if (young.size >= authorsCachedMax) {
      old = young
      young = new Map()
    }
    young.set(user, json)
  }

  let version = 0

  function forget(user: UserId): void {
    version++
    young.delete(user)
    old.delete(user)
    loading.delete(user)
  }

  /** One look-up in the store for all that was asked for in the same turn of the event loop, 1,000 at most. */
  function read(user: UserId): Promise<UserRecord | undefined> {
    if (!batched || batch.length >= 1_000) {
      const ids: UserId[] = []
      batch = ids
      batched = Promise.resolve().then(() => {
        if (batch === ids) batched = undefined
        return users.many(ids)
      })
    }
    const place = batch.push(user) - 1
    return batched.then((records) => records[place])
  }

  async function load(user: UserId): Promise<string> {
    const record = await read(user)
    // Whoever wrote a message and is gone since: a name is still needed where the message is.
    return record ? authorObject(record) : `{"id":"${user}","handle":"","name":""}`
  }

  return {
    authorJson(user) {
      const held = young.get(user)
      if (held !== undefined) return held
      const aged = old.get(user)
      if (aged !== undefined) {
        keep(user, aged)
        return aged
      }
      let promise = loading.get(user)
      if (!promise) {
        const mine = load(user).then(
          (json) => {
            // Forgotten meanwhile: this answer may be of before the change, so it is not kept.
            if (loading.get(user) === mine) {
              loading.delete(user)
              keep(user, json)
            }
            return json
          },
          (error) => {
            if (loading.get(user) === mine) loading.delete(user)
            throw error
          },
        )
        promise = mine
        loading.set(user, mine)
      }
      return promise
    },
    forget,
    version: () => version,
    forgetAll() {
      for (const user of [...young.keys(), ...old.keys(), ...loading.keys()]) forget(user)
    },
    hear(event) {
      if (event.kind === 'profile') forget(event.user)
    },
  }
}

/** API.md's `Author` as JSON. */
export function authorObject(user: UserRecord): string {
  const picture = user.avatar === undefined ? '' : `,"avatar":"${previewPath(user.avatar)}"`
  return `{"id":"${user.id}","handle":"${user.handle}","name":${JSON.stringify(user.name)}${picture}}`
}
