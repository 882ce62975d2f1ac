import { type Static, Type } from 'typebox'
import { ruled } from './check.ts'
import { pushEndpointLengthMax } from './limits.ts'
import { notificationTypes } from './notification-types.ts'
import { type Fault, lineFault, longerThan } from './text.ts'

/** API.md, "Web Push", as core/wire.ts has the rest. */

/** Bytes of a key as browsers give it: base64url, or base64 as older ones did; padded or not. */
function keyBytes(text: string): Uint8Array | undefined {
  const plain = text.replace(/=+$/, '')
  return /^[A-Za-z0-9_+/-]+$/.test(plain) && plain.length % 4 !== 1 ? Buffer.from(plain, 'base64url') : undefined
}

/** A key that was checked, as it is kept: base64url without padding. */
export function keyText(text: string): string {
  return Buffer.from(keyBytes(text)!).toString('base64url')
}

function keyFault(text: string, bytes: number, what: string): Fault | undefined {
  const found = keyBytes(text)
  if (found?.length === bytes) return undefined
  const now = found === undefined ? 'is no base64url' : `has ${found.length} bytes`
  return { code: 'invalid', detail: `${now}: it must be ${what}, ${bytes} bytes as base64url` }
}

const p256dh = ruled((text) => {
  const fault = keyFault(text, 65, 'the browser’s public key')
  if (fault) return fault
  if (keyBytes(text)![0] === 4) return undefined
  return { code: 'invalid', detail: 'must be a point of P-256 in uncompressed form' }
}, 'the browser’s public key: 65 bytes, base64url')
const auth = ruled((text) => keyFault(text, 16, 'the browser’s secret'), 'the browser’s secret: 16 bytes, base64url')

const names = notificationTypes.map((type) => `\`${type}\``).join(', ')
const events = Type.Array(Type.Enum([...notificationTypes], { description: `one of ${names}` }), {
  maxItems: notificationTypes.length,
  description: `a list of some of ${names}`,
})

export const PushWish = Type.Object(
  {
    endpoint: ruled(
      (value) => lineFault(value) ?? longerThan(value, pushEndpointLengthMax),
      `an https URL of at most ${pushEndpointLengthMax} characters`,
    ),
    keys: Type.Object({ p256dh, auth }, { description: 'an object with `p256dh` and `auth`' }),
    events: Type.Optional(events),
  },
  {
    examples: [
      {
        endpoint: 'https://push.example.com/wpush/v2/gAAAAABnVhFz',
        keys: {
          p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
          auth: 'BTBZMqHH6r4Tts7J_aSIgg',
        },
        events: ['mention', 'reply'],
      },
    ],
  },
)
export type PushWish = Static<typeof PushWish>

export const PushKey = Type.Object({ key: Type.String({ description: 'an uncompressed point of P-256, base64url' }) })
/** What was taken: the keys are not shown again. */
export const PushState = Type.Object({ endpoint: Type.String(), events })

/** What a push carries, before it is encrypted. */
export const PushPayload = Type.Object({
  type: Type.Enum([...notificationTypes]),
  user: Type.Object({
    id: Type.String(),
    handle: Type.String(),
    name: Type.String(),
    avatar: Type.Optional(Type.String()),
  }),
  message: Type.Optional(Type.Object({ id: Type.String(), text: Type.String() })),
  count: Type.Optional(Type.Integer({ minimum: 2 })),
})
export type PushPayload = Static<typeof PushPayload>
