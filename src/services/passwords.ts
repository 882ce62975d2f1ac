import { passwordHashesAtOnce, passwordMemoryKib, passwordPasses, passwordsWaitingMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'

/** A hash of no password, made with the figures of core/limits.ts: to be checked where there is no real one. */
export const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$xQE8uKtAAmhRjoBEC+etCjxaJKsGlRFn/99yoChv9zk$CJvBiJMISMYjN9YMfFrRn8xYZA3wa5GWqQiqg75UmWU'

export interface Passwords {
  /** argon2id, in PHC form. Throws `overloaded`. */
  hash(password: string): Promise<string>
  /** False for every password where `hash` is undefined, after the same time. Throws `overloaded`. */
  matches(password: string, hash: string | undefined): Promise<boolean>
}

/** Hashes passwords on Bun's threads: a few at a time, a bounded number waiting, further ones refused. */
export function createPasswords(): Passwords {
  let working = 0
  const waiting: (() => void)[] = []

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (working >= passwordHashesAtOnce) {
      if (waiting.length >= passwordsWaitingMax) {
        throw new Refusal('overloaded', 'Too many people sign up or log in at this moment: try again shortly.', {
          retryAfterSeconds: 5,
        })
      }
      await new Promise<void>((turn) => waiting.push(turn))
    } else working++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else working--
    }
  }

  return {
    hash: (password) =>
      inTurn(() =>
        Bun.password.hash(password, {
          algorithm: 'argon2id',
          memoryCost: passwordMemoryKib,
          timeCost: passwordPasses,
        }),
      ),
    async matches(password, hash) {
      // An empty password is an error to Bun.password, and nobody's.
      const right = await inTurn(() => Bun.password.verify(password === '' ? ' ' : password, hash ?? nobodysHash))
      return right && hash !== undefined && password !== ''
    },
  }
}
