import { Compile, type Validator } from 'typebox/schema'
import { asyncApi } from '../../src/gateway/description/asyncapi.ts'

const document = asyncApi()
const validators = new Map<string, Validator>()

/** Whether a frame has the form that AsyncAPI's document has for this message. */
function fits(message: string, frame: object): boolean {
  let validator = validators.get(message)
  if (!validator) {
    const { payload } = document.channels.socket.messages[message]!
    validator = Compile({ ...payload, components: document.components })
    validators.set(message, validator)
  }
  return validator.Check(frame)
}

interface Frame {
  readonly event?: string
  readonly error?: object
}

/**
 * What is wrong with a frame of the server, as the document has it; undefined when nothing is. `asked`: the frame that
 * this one answers, which must have been as the document says where it was taken.
 */
export function frameFault(frame: Frame, asked: { readonly op: string } | undefined): string | undefined {
  const message = frame.event ?? (frame.error ? 'refusal' : `${asked?.op}Answer`)
  if (!(message in document.channels.socket.messages)) return `there is no ${message}`
  if (!fits(message, frame)) return `no ${message}: ${JSON.stringify(frame)}`
  // A key that was used before answers whatever the frame says.
  if (message.endsWith('Answer') && !('key' in asked!) && !fits(asked!.op, asked!))
    return `taken, and no ${asked!.op}: ${JSON.stringify(asked)}`
  return undefined
}

/** The frames of a server: its events and refusals, and what it answers to each op. */
export const serverSide = Object.keys(document.channels.socket.messages).filter(
  (name) => document.operations[name]?.action !== 'receive',
)
