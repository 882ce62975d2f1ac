import type { AsyncApi } from '../../src/gateway/description/asyncapi.ts'
import type { Form } from '../../src/gateway/description/forms.ts'
import { deep } from '../http/refusals.ts'
import { wrongValues } from '../http/refused-by-description.ts'

/** A frame after the hello, as text, and how it must be refused. */
export interface BadFrame {
  readonly what: string
  readonly text: string
  /** The field is absent where none is at fault. */
  readonly refused: readonly [code: string, field?: string]
  /** What the refusal must carry; undefined: none. */
  readonly ref: string | undefined
}

const bad = (what: string, text: string, refused: BadFrame['refused'], ref?: string): BadFrame => ({
  what,
  text,
  refused,
  ref,
})

const fetchWith = (ref: unknown) => JSON.stringify({ op: 'fetch', ref })

/** What is no frame, or has a `ref` that cannot be echoed. */
export const malformed: BadFrame[] = [
  bad('no JSON', 'nonsense', ['bad_json']),
  bad('nothing', '', ['bad_json']),
  bad('half an object', '{"op":"fetch"', ['bad_json']),
  bad('two objects', '{"op":"fetch","ref":"1"}{}', ['bad_json']),
  bad('a raw control character', '{"op":"fetch","ref":"\u0001"}', ['bad_json']),
  bad('a list', '[]', ['bad_request']),
  bad('a list 10,000 deep', deep, ['bad_request']),
  bad('null', 'null', ['bad_request']),
  bad('a number', '7', ['bad_request']),
  bad('no op', '{"ref":"1"}', ['bad_request', 'op']),
  bad('an op that is a number', '{"op":5,"ref":"1"}', ['bad_request', 'op']),
  bad('an unknown op', '{"op":"nonsense","ref":"1"}', ['bad_request', 'op']),
  bad('an op of 50 KB', `{"op":"${'x'.repeat(50_000)}","ref":"1"}`, ['bad_request', 'op']),
  bad('an op that every object has', '{"op":"constructor","ref":"1"}', ['bad_request', 'op']),
  bad('a second hello', '{"op":"hello","ref":"1"}', ['bad_request', 'op']),
  bad('no ref', '{"op":"fetch"}', ['invalid', 'ref']),
  bad('a ref that is a number', fetchWith(5), ['invalid', 'ref']),
  bad('a ref that is null', fetchWith(null), ['invalid', 'ref']),
  bad('a ref that is a list', fetchWith(['1']), ['invalid', 'ref']),
  bad('a ref of 65 characters', fetchWith('r'.repeat(65)), ['invalid', 'ref']),
  bad('a ref of 65 characters beyond the first plane', fetchWith('😀'.repeat(65)), ['invalid', 'ref']),
  bad('a ref with NUL', fetchWith('a\u0000'), ['invalid', 'ref']),
  bad('a ref with a lone surrogate', fetchWith('\ud800'), ['invalid', 'ref']),
]

/** Arguments that are as they should be, one by one, and are refused all the same. */
export const refusedArguments: BadFrame[] = [
  ...(
    [
      ['send', { text: '' }, ['text_empty', 'text']],
      ['send', {}, ['invalid', 'text']],
      ['send', { text: 'x'.repeat(10_241) }, ['text_too_long', 'text']],
      ['send', { text: '€'.repeat(3_414) }, ['text_too_long', 'text']],
      ['send', { text: 'a', userID: '1' }, ['not_yours', 'userID']],
      ['send', { text: JSON.parse(deep) }, ['invalid', 'text']],
      ['fetch', { length: 0 }, ['invalid', 'length']],
      ['fetch', { length: 101 }, ['invalid', 'length']],
      ['fetch', { preview: -1 }, ['invalid', 'preview']],
      ['fetch', { since: '1.2.3' }, ['invalid', 'since']],
      ['fetch', { since: '' }, ['invalid', 'since']],
      ['fetch', { since: 'x'.repeat(10_000) }, ['invalid', 'since']],
      ['fetch', { before: 'abc' }, ['invalid', 'before']],
      ['fetch', { userID: '1' }, ['not_yours', 'userID']],
      ['like', { id: '12345' }, ['no_such_message', 'id']],
      ['unlike', { id: '12345' }, ['no_such_message', 'id']],
      ['follow', { id: '12345' }, ['no_such_user']],
      ['unfollow', { id: '12345' }, ['no_such_user']],
      ['watch', { ids: Array(201).fill('1') }, ['invalid', 'ids']],
    ] as const
  ).map(([op, given, refused]) => bad(`${op} ${JSON.stringify(given).slice(0, 30)}`, frame(op, given), refused, 'r')),
]

/** What no op takes, made of the description of its frame. */
export function refusedByDescription({ channels, operations, components }: AsyncApi): BadFrame[] {
  const ops = Object.keys(operations).filter((name) => operations[name]!.action === 'receive' && name !== 'hello')
  return ops.flatMap((op) => {
    const { payload } = channels.socket.messages[op]!
    const { properties, required } = ('$ref' in payload ? components.schemas[op]! : payload) as {
      properties: Record<string, Form>
      required: string[]
    }
    const good = Object.fromEntries(required.map((name) => [name, properties[name]!.type === 'array' ? ['1'] : '1']))
    const others = Object.entries(properties).filter(([name]) => name !== 'op' && name !== 'ref')
    return others.flatMap(([name, form]) => [
      ...(required.includes(name)
        ? [bad(`${op} without ${name}`, frame(op, { ...good, [name]: undefined }), ['invalid', name], 'r')]
        : []),
      ...wrongValues(form)
        // A key that cannot be one is passed over until the frame itself is right.
        .map(([what, value, at = '']) =>
          bad(`${op} with ${name}: ${what}`, frame(op, { ...good, [name]: value }), ['invalid', name + at], 'r'),
        ),
    ])
  })
}

function frame(op: string, given: object): string {
  return JSON.stringify({ ...given, op, ref: 'r' })
}
