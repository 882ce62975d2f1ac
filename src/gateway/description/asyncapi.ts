import { type TSchema, Type } from 'typebox'
import { frames, HelloFrame, ref, results, serverFrames } from '../../core/wire.ts'
import { about } from './about.ts'
import { type Form, Forms } from './forms.ts'

/** AsyncAPI 3, as far as a reader of ours goes by it. */
export interface AsyncApi {
  readonly asyncapi: string
  readonly info: Form
  readonly channels: { readonly socket: { readonly messages: Readonly<Record<string, Message>> } & Form }
  readonly operations: Readonly<Record<string, FrameOperation>>
  readonly components: { readonly schemas: Readonly<Record<string, Form>> }
}

export interface Message {
  readonly summary: string
  readonly payload: Form
}

/** `receive` is what the server receives. */
export interface FrameOperation {
  readonly action: 'receive' | 'send'
  readonly channel: Form
  readonly summary: string
  readonly messages: readonly Form[]
  readonly reply?: { readonly channel: Form; readonly messages: readonly Form[] }
}

const channel = { $ref: '#/channels/socket' }
const message = (name: string) => ({ $ref: `#/channels/socket/messages/${name}` })

/** The description of every frame of the WebSocket, both ways. */
export function asyncApi(): AsyncApi {
  const forms = new Forms()
  const messages: Record<string, Message> = {}
  const operations: Record<string, FrameOperation> = {}

  /** Returns what the schema says that the frame does. */
  function describe(name: string, schema: TSchema): string {
    const { description: summary = '' } = schema as { description?: string }
    messages[name] = { summary, payload: forms.of(schema) }
    return summary
  }

  function receive(name: string, schema: TSchema, answers: string[]): void {
    const reply = { channel, messages: answers.map(message) }
    const summary = describe(name, schema)
    operations[name] = { action: 'receive', channel, summary, messages: [message(name)], reply }
  }

  receive('hello', HelloFrame, ['ready', 'refusal'])
  for (const [op, schema] of Object.entries(frames)) {
    const answer = `${op}Answer`
    receive(op, schema, [answer, 'refusal'])
    const ok = results[op as keyof typeof frames]
    describe(answer, Type.Object({ ref, ok }, { description: `The answer to \`${op}\`` }))
  }
  for (const [name, schema] of Object.entries(serverFrames)) {
    const summary = describe(name, schema)
    operations[name] = { action: 'send', channel, summary, messages: [message(name)] }
  }
  return {
    asyncapi: '3.0.0',
    info: { ...about, description },
    channels: { socket: { address: '/socket', description: closing, messages, bindings } },
    operations,
    components: { schemas: forms.named },
  }
}

const description = `One compact JSON object a text frame, 64 KiB at most both ways. The first frame is \`hello\`; exactly one \`ready\` follows, and nothing before it. \`ref\` is echoed; answers may come in any order, and are what HTTP would answer.`

const closing =
  'Closed with 4000 to 4499: do not come back (4401 no valid token, or no hello within 5 s; 4403 forbidden; 4410 the cursor has expired: fetch afresh, and come without `since`; 4429 too many). With 4500 to 4999: come back with jittered back-off (4503 draining or overloaded). 1007 invalid UTF-8, 1009 a frame too large.'

const bindings = {
  ws: {
    method: 'GET',
    headers: {
      type: 'object',
      properties: {
        Authorization: { type: 'string', description: '`Bearer TOKEN`; or the cookie, or the token in the hello.' },
        'Sec-WebSocket-Protocol': { type: 'string', description: '`rookery.v1`, echoed where offered.' },
      },
    },
  },
}
