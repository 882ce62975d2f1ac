import { Refusal } from '../core/refusal.ts'

/**
 * The `next` of lists of users: the engine's own token under a checksum of list, token and a secret, so that no engine
 * ever sees a token that is damaged, made up or of another list.
 */
export interface PageTokens {
  seal(list: string, token: string): string
  /** Throws `invalid`, field `before`. */
  open(list: string, sealed: string): string
}

/** `secret` must be the same for all gateways of an installation. */
export function createPageTokens(secret: number): PageTokens {
  const sum = (list: string, token: string) => Bun.hash(`${list} ${token}`, secret).toString(36)
  return {
    seal: (list, token) => `${sum(list, token)}.${token}`,
    open(list, sealed) {
      const dot = sealed.indexOf('.')
      const token = sealed.slice(dot + 1)
      if (dot > 0 && sealed.slice(0, dot) === sum(list, token)) return token
      throw new Refusal('invalid', '`before` must be the `next` of an earlier page of the same list.', {
        field: 'before',
      })
    },
  }
}
