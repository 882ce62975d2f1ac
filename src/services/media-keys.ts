import type { UserId } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Idempotency } from '../ports/idempotency.ts'
import type { Job } from '../ports/messages.ts'

/** The ids of uploads: new ones, and those that an `Idempotency-Key` has fixed before anything was written. */
export interface MediaKeys {
  /** What the key has fixed, and whether it was made; undefined where there is nothing. */
  find(owner: UserId, key: string | undefined): Promise<{ id: string; done: boolean } | undefined>
  idFor(owner: UserId, key: string | undefined): Promise<string>
  /** Durable: from now on the key stands for what was made, and if that is gone, for nothing. */
  done(owner: UserId, key: string | undefined): Promise<void>
}

export function createMediaKeys({
  idempotency,
  takeId,
  clock,
}: {
  idempotency: Pick<Idempotency, 'find' | 'claim' | 'finish'>
  takeId: () => Promise<number>
  clock: Pick<Clock, 'now'>
}): MediaKeys {
  // No client's key has a newline, so these stand beside those of messages.
  const nameOf = (key: string) => `media\n${key}`

  return {
    async find(owner, key) {
      const found = key === undefined ? undefined : await idempotency.find(owner, nameOf(key))
      return found && { id: idIn(found.job), done: found.done }
    },
    async idFor(owner, key) {
      const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex')
      if (key === undefined) return id
      const job = { id: await takeId(), author: owner, mode: 'pushed', prev: pieces(id), crossed: false } as const
      return idIn((await idempotency.claim(owner, nameOf(key), job, clock.now())).job)
    },
    async done(owner, key) {
      const found = key === undefined ? undefined : await idempotency.find(owner, nameOf(key))
      if (found !== undefined) await idempotency.finish(owner, nameOf(key!), found.job.id)
    },
  }
}

/** An entry of a key holds numbers: an upload's 128 bits stand where those of a message name what it comes after. */
function pieces(id: string): number[] {
  return id.match(/.{8}/g)!.map((digits) => Number.parseInt(digits, 16))
}

function idIn({ prev }: Job): string {
  return prev.map((piece) => piece.toString(16).padStart(8, '0')).join('')
}
