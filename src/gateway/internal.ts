import { createHash, timingSafeEqual } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { idempotencyKeyLengthMax } from '../core/limits.ts'

/**
 * The one internal call: how gateways reach processes that publish. Plain HTTP on the port that the process has anyway,
 * with the key that all processes of an installation know, so that publishing does not hang on NATS.
 */

export const publishPath = '/internal/publish'
/** Carries the shared key. Not `Authorization`: it is nobody's token. */
export const keyHeader = 'Rookery-Key'

const safeInteger = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

export const PublishCall = Type.Object({
  author: safeInteger,
  text: Type.Optional(Type.String()),
  replyTo: Type.Optional(safeInteger),
  boostOf: Type.Optional(safeInteger),
  media: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
  key: Type.Optional(Type.String({ minLength: 1, maxLength: idempotencyKeyLengthMax })),
})
export type PublishCall = Static<typeof PublishCall>

/** A message as it is stored (`core/message.ts` says what `body` is); `again`: a boost that was there before. */
export const PublishAnswer = Type.Object({
  id: safeInteger,
  author: safeInteger,
  body: Type.String(),
  again: Type.Optional(Type.Boolean()),
})

/** Whether the key is ours: in the same time whatever is wrong with it. */
export function createKeyCheck(sharedKey: string): (given: string | null) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const ours = digest(sharedKey)
  return (given) => timingSafeEqual(digest(given ?? ''), ours) && given !== null
}
