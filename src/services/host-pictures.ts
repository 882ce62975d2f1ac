import type { UserId } from '../core/ids.ts'
import { hostPictureBytesMax, hostPicturesAtOnce, hostPicturesKept, hostPicturesWaitingMax } from '../core/limits.ts'
import { RecentMap } from '../core/recent-map.ts'
import type { Outgoing } from '../ports/outgoing.ts'
import type { UserStore } from '../ports/users.ts'
import type { MediaService, Received } from './media.ts'
import type { People } from './people.ts'

/**
 * Takes over the pictures that a host product names for its users: off the road of their requests, once for each picture.
 * What this process has not seen since its start is taken over where the user has none.
 */
export interface HostPictures {
  /** `issuedAt`: of the token, in Unix seconds: an older one's picture counts no more. */
  offer(user: UserId, url: string, issuedAt: number): void
}

/** Gives bytes to `use` as a file, which is gone after it. */
export type AsFile = <T>(bytes: Uint8Array, use: (received: Received) => Promise<T>) => Promise<T>

export function createHostPictures({
  outgoing,
  asFile,
  media,
  users,
  change,
  log,
}: {
  outgoing: Pick<Outgoing, 'request'>
  asFile: AsFile
  media: Pick<MediaService, 'mustHaveRoom' | 'keep'>
  users: Pick<UserStore, 'many'>
  change: People['change']
  /** Told the host alone: a picture's URL may be a secret. */
  log: (problem: string, error: unknown) => void
}): HostPictures {
  const seen = new RecentMap<UserId, { url: string; issuedAt: number }>(hostPicturesKept)
  const waiting: { user: UserId; url: string; first: boolean }[] = []
  let running = 0

  async function take(user: UserId, url: string, first: boolean): Promise<void> {
    if (first && (await users.many([user]))[0]?.avatar !== undefined) return
    await media.mustHaveRoom(user)
    const get = { method: 'GET', headers: { Accept: 'image/*' }, bytesMax: hostPictureBytesMax } as const
    const { status, body } = await outgoing.request(url, get)
    if (status !== 200 || body === undefined || body.length === 0) throw new Error(`no picture: status ${status}`)
    const { id } = await asFile(body, (received) => media.keep(user, received, undefined))
    // What is no picture is refused here, and goes with other uploads that nothing shows.
    await change(user, { avatar: id })
  }

  function next(): void {
    while (running < hostPicturesAtOnce && waiting.length > 0) {
      const { user, url, first } = waiting.shift()!
      running++
      void take(user, url, first)
        .catch((error: unknown) => log('a picture of a host’s user could not be taken over', error))
        .finally(() => {
          running--
          next()
        })
    }
  }

  return {
    offer(user, url, issuedAt) {
      const former = seen.get(user)
      if (former !== undefined && (former.url === url || former.issuedAt >= issuedAt)) return
      seen.set(user, { url, issuedAt })
      if (waiting.length >= hostPicturesWaitingMax) return
      waiting.push({ user, url, first: former === undefined })
      next()
    },
  }
}
