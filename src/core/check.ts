import { Refine, type Static, String as Text, type TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/schema'
import { Refusal, type RefusalCode } from './refusal.ts'
import type { Rule } from './text.ts'

/** A string that keeps `rule`; `description` says in a few words what it is. */
export function ruled(rule: Rule, description: string, options: { maxLength?: number; pattern?: string } = {}) {
  return Refine(
    Text({ ...options, description }),
    (value: string) => rule(value) === undefined,
    // The message is all that reaches the error below; its first word is the refusal's code.
    (value: string) => {
      const fault = rule(value)
      return fault ? `${fault.code} ${fault.detail}` : ''
    },
  )
}

const validators = new WeakMap<TSchema, Validator>()

function validatorOf(schema: TSchema): Validator {
  let validator = validators.get(schema)
  if (!validator) {
    // Compiled at first use: a start waits for none of them.
    validator = Compile(schema)
    validators.set(schema, validator)
  }
  return validator
}

/** Whether `value` has the schema's form. */
export function fits<S extends TSchema>(schema: S, value: unknown): value is Static<S> {
  return validatorOf(schema).Check(value)
}

/**
 * The value, typed, once it has the schema's form; unknown properties are left as they are.
 * @throws Refusal naming the first field at fault: `media[0]` for an item of a list, `whole` for the value itself.
 */
export function check<S extends TSchema>(schema: S, value: unknown, whole = 'body'): Static<S> {
  const validator = validatorOf(schema)
  if (validator.Check(value)) return value as Static<S>
  const [error] = validator.Errors(value)[1]
  if (!error) throw new Error('a value failed its schema without an error')
  if (error.keyword === 'required') {
    const missing = error.params.requiredProperties[0]!
    const field = fieldName(`${error.instancePath}/${missing}`, whole)
    throw new Refusal(
      'invalid',
      `\`${field}\` is missing: give ${describe(schema, `${error.instancePath}/${missing}`)}.`,
      {
        field,
      },
    )
  }
  const field = fieldName(error.instancePath, whole)
  if (error.keyword === '~refine') {
    const [code, ...detail] = error.params.message.split(' ')
    throw new Refusal(code as RefusalCode, `\`${field}\` ${detail.join(' ')}.`, { field })
  }
  throw new Refusal('invalid', `\`${field}\` must be ${describe(schema, error.instancePath)}.`, { field })
}

/** `/media/0` is `media[0]`, `/keys/auth` is `keys.auth`, the value itself is `whole`. */
function fieldName(pointer: string, whole: string): string {
  if (pointer === '') return whole
  let name = ''
  for (const part of pointer.slice(1).split('/')) {
    if (/^[0-9]+$/.test(part)) name += `[${part}]`
    else name += name === '' ? part : `.${part}`
  }
  return name
}

interface Described {
  description?: string
  type?: string
  properties?: Record<string, Described>
  items?: Described
}

/** What stands in the schema at `pointer`, in words. */
function describe(schema: TSchema, pointer: string): string {
  let at: Described | undefined = schema as Described
  for (const part of pointer.split('/').slice(1)) at = at?.properties?.[part] ?? at?.items
  return at?.description ?? (at?.type === 'object' ? 'a JSON object' : 'a value of the right type')
}
