import { pushPayloadBytesMax } from './limits.ts'
import { byteLength } from './text.ts'
import type { PushPayload } from './wire-push.ts'

/** The payload as JSON, its text cut behind a code point so that the encrypted body is no larger than any push service takes. */
export function pushText(payload: PushPayload): string {
  const whole = JSON.stringify(payload)
  const { message } = payload
  if (message === undefined || byteLength(whole) <= pushPayloadBytesMax) return whole
  const cut = (length: number) =>
    JSON.stringify({ ...payload, message: { ...message, text: points.slice(0, length).join('') } })
  const points = [...message.text]
  let fits = 0
  for (let above = points.length; above - fits > 1; ) {
    const middle = (fits + above) >> 1
    if (byteLength(cut(middle)) <= pushPayloadBytesMax) fits = middle
    else above = middle
  }
  return cut(fits)
}
