import { internalBodyBytesMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Publish } from '../services/publish.ts'
import { createKeyCheck, keyHeader, PublishAnswer, PublishCall, publishPath } from './internal.ts'
import { type Row, row } from './table.ts'

/** The call by which gateways reach this process, which publishes. To all others there is nothing at its path. */
export function internalRows({ publish, sharedKey }: { publish: Publish; sharedKey: string }): Row[] {
  const isOurs = createKeyCheck(sharedKey)
  return [
    row({
      method: 'POST',
      path: publishPath,
      does: 'Publishes a message for a gateway',
      access: 'open',
      body: { schema: PublishCall, bytesMax: internalBodyBytesMax },
      answers: { 200: PublishAnswer },
      refuses: ['not_found', 'no_such_message', 'disk_full'],
      async handle({ request, body: { author, text = '', replyTo, media, boostOf, key } }) {
        if (!isOurs(request.headers.get(keyHeader))) {
          throw new Refusal('not_found', 'There is nothing at this path: see the API’s description.')
        }
        const said = { text, ...(replyTo !== undefined && { replyTo }), ...(media && { media }) }
        const draft = boostOf === undefined ? said : { boostOf }
        const { id, body, again = false } = await publish(author, draft, key)
        return { status: 200, json: { id, author, body, again } }
      },
    }),
  ]
}
