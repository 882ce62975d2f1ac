import type { UserId } from '../core/ids.ts'
import { tokensAskedAtOnce } from '../core/limits.ts'
import { closeCodes } from '../core/refusal.ts'
import type { Socket } from './socket.ts'
import type { Sockets } from './sockets.ts'

/** Whether the token with this hash, one of ours or one that a host signed, still opens the server. Throws `unavailable`. */
export type TokenLives = (hash: string, signed: boolean) => Promise<boolean>

/** Closes the sockets whose token is `token`. */
export function closeOfToken(sockets: Sockets, token: string): void {
  // A copy, because closing one moves another into its place.
  for (const socket of [...sockets]) if (socket.token === token) loggedOut(socket)
}

/** Closes the sockets of a reader whose tokens are dead. */
export function closeOfReader(sockets: Sockets, reader: UserId): void {
  for (let socket = sockets.of(reader); socket !== undefined; socket = socket.sibling) loggedOut(socket)
}

/**
 * Asks of all open sockets whether their tokens still live, some at once, and closes those whose tokens do not: what the
 * Bus had to say of them may have been lost. Rejects at the first question that is not answered.
 */
export async function closeDead(sockets: Sockets, lives: TokenLives): Promise<void> {
  const byToken = Map.groupBy(
    [...sockets].filter((socket) => socket.token !== ''),
    (socket) => socket.token,
  )
  const tokens = byToken.entries()
  async function ask(): Promise<void> {
    for (const [token, of] of tokens)
      if (!(await lives(token, of[0]!.tokenUntil !== undefined))) for (const socket of of) loggedOut(socket)
  }
  await Promise.all(Array.from({ length: tokensAskedAtOnce }, ask))
}

function loggedOut(socket: Socket): void {
  socket.close(closeCodes.unauthorized, 'This token is not good any more: log in again.')
}
