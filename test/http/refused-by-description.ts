import type { Form } from '../../src/gateway/description/forms.ts'
import type { OpenApi, Operation, Parameter } from '../../src/gateway/description/openapi.ts'
import type { Asked } from './harness.ts'
import { bad, type Case, deep, json, raw } from './refusals.ts'

/** What no call takes, made of the API's own description: a new call is asked all of it too. `ada` asks. */
export function refusedByDescription(document: OpenApi): Case[] {
  return Object.entries(document.paths).flatMap(([path, methods]) => [
    ...wrongMethods(path, Object.keys(methods)),
    ...Object.entries(methods).flatMap(([method, operation]) =>
      new Call(document, method.toUpperCase(), path, operation).cases(),
    ),
  ])
}

const malformedIds = ['-1', '0', '01', '1.5', '1e3', 'abc', '9007199254740992', '99999999999999999999', '1%20', '%00']
const ownPath = (path: string) => path.replace('{id}', '12345').replace('{handle}', 'nobody')
const refused = { control: 'a\u0000b', 'a C1 control': 'a\u0085b', 'a lone surrogate': 'a\ud800b' }

function wrongMethods(path: string, methods: readonly string[]): Case[] {
  const missing = ['get', 'post', 'put', 'patch', 'delete'].filter((method) => !methods.includes(method))
  return [...missing.map((method) => method.toUpperCase()), 'PROPFIND'].map((method) =>
    bad('a wrong method', `${method} ${ownPath(path)}`, [405, 'method_not_allowed']),
  )
}

/** One operation, and what it refuses. */
class Call {
  readonly #document: OpenApi
  readonly #method: string
  readonly #path: string
  readonly #operation: Operation

  constructor(document: OpenApi, method: string, path: string, operation: Operation) {
    this.#document = document
    this.#method = method
    this.#path = path
    this.#operation = operation
  }

  cases(): Case[] {
    const { security, parameters, requestBody } = this.#operation
    // Forms have cases of their own.
    const body = requestBody?.content['application/json']
    return [
      ...(security.length > 0 ? this.#tokens() : []),
      ...parameters.flatMap((parameter) => this.#parameter(parameter)),
      ...(body ? this.#body(this.#whole(body.schema)) : []),
    ]
  }

  #bad(what: string, refused: Parameters<typeof bad>[2], asked: Parameters<typeof bad>[3], path = this.#path): Case {
    return bad(what, `${this.#method} ${ownPath(path)}`, refused, asked)
  }

  #tokens(): Case[] {
    const nobody = { anonymous: true }
    return [
      this.#bad('no token', [401, 'unauthorized'], nobody),
      this.#bad('a made-up token', [401, 'unauthorized'], { ...nobody, token: 'x'.repeat(43) }),
      this.#bad('another scheme', [401, 'unauthorized'], { ...nobody, headers: { authorization: 'Basic YTpi' } }),
    ]
  }

  #parameter({ name, in: place, schema }: Parameter): Case[] {
    if (name === 'id') {
      return malformedIds.map((id) =>
        this.#bad(`the id ${id}`, [422, 'invalid', 'id'], this.#example(), this.#path.replace('{id}', id)),
      )
    }
    if (name === 'Idempotency-Key') {
      return ['', 'k'.repeat(129), 'a\tb'].map((key) =>
        this.#bad('a bad key', [422, 'invalid', name], { ...this.#example(), headers: { [name]: key } }),
      )
    }
    if (place !== 'query') return []
    const values =
      schema.type === 'integer'
        ? ['', 'x', '-1', '1.5', '05', '1e1', '%31%20', '%FF']
        : ['%00', '%FF', '%ED%A0%80', 'a%C2%85', 'x'.repeat(10_000)]
    const others = this.#operation.parameters.filter((other) => other.required && other.name !== name)
    const rest = others.map((other) => `&${other.name}=1`).join('')
    return [...values.map((value) => `${name}=${value}`), `${name}=1&${name}=1`].map((query) =>
      this.#bad(query.slice(0, 40), [422, 'invalid', name], {}, `${this.#path}?${query}${rest}`),
    )
  }

  /** The form itself, where it is referred to. */
  #whole(form: Form): Form {
    const { $ref } = form
    return typeof $ref === 'string' ? this.#document.components.schemas[$ref.split('/').at(-1)!]! : form
  }

  /** What may be sent as it is. */
  #example(): Asked {
    const body = this.#operation.requestBody?.content['application/json']
    if (!body) return {}
    return json((this.#whole(body.schema).examples as unknown[])[0])
  }

  #body(form: Form): Case[] {
    const example = this.#example().json as Record<string, unknown>
    const with_ = (name: string, value: unknown) => json({ ...example, [name]: value })
    const properties = Object.entries(form.properties as Record<string, Form>)
    return [
      ...(this.#operation.requestBody!.required ? [this.#bad('no body', [400, 'bad_json'], {})] : []),
      this.#bad('half an object', [400, 'bad_json'], raw('{"a":')),
      this.#bad('a raw control character', [400, 'bad_json'], raw('{"a":"\u0001"}')),
      this.#bad('a list', [422, 'invalid', 'body'], raw('[]')),
      this.#bad('null', [422, 'invalid', 'body'], raw('null')),
      this.#bad('a list 10,000 deep', [422, 'invalid', 'body'], raw(deep)),
      this.#bad(
        'invalid UTF-8',
        [422, 'invalid', 'body'],
        raw(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
      ),
      this.#bad('a form', [415, 'wrong_content_type'], raw('a=b', 'application/x-www-form-urlencoded')),
      this.#bad('no content type', [415, 'wrong_content_type'], raw(new TextEncoder().encode('{}'), '')),
      this.#bad('another charset', [415, 'wrong_content_type'], raw('{}', 'application/json;charset=utf-16')),
      this.#bad('a body of 1 MB', [413, 'too_large'], raw(`{"x":"${'x'.repeat(1_000_000)}"}`)),
      ...((form.required ?? []) as string[]).map((name) =>
        this.#bad(`no ${name}`, [422, 'invalid', name], with_(name, undefined)),
      ),
      ...properties.map(([name, { type }]) => {
        const text = JSON.stringify({ ...example, [name]: 'DEEP' }).replace('"DEEP"', deep)
        return this.#bad(`${name}, 10,000 deep`, [422, 'invalid', type === 'array' ? `${name}[0]` : name], raw(text))
      }),
      ...properties.flatMap(([name, property]) =>
        wrongValues(property).map(([what, value, at = '']) =>
          this.#bad(`${name}: ${what}`, [422, 'invalid', `${name}${at}`], with_(name, value)),
        ),
      ),
    ]
  }
}

type Wrong = readonly [what: string, value: unknown, at?: string]

/** Values that a property of this form does not take, and where in it the fault is. */
export function wrongValues(form: Form): Wrong[] {
  const values: Record<string, unknown> = {
    null: null,
    boolean: true,
    integer: 7.5,
    string: 'x',
    object: {},
    array: [],
  }
  const types = Object.entries(values).filter(([type]) => type !== form.type && !takesAnyText(form, type))
  const wrong: Wrong[] = types.map(([type, value]) => [type, value])
  if (form.type === 'array') wrong.push(['an item of another type', [{}], '[0]'])
  if (form.type === 'string') wrong.push(...Object.entries(refused).map((each): Wrong => each))
  if (isId(form))
    wrong.push(...['-1', '0', '01', '1.5', '9007199254740992', 'abc', ''].map((id): Wrong => [`the id ${id}`, id]))
  return wrong
}

/** A choice of words takes a text, if not the one here. */
const takesAnyText = (form: Form, type: string) =>
  form.type === undefined && form.const === undefined && type === 'string' && !form.anyOf && !form.enum
const isId = (form: Form) => String(form.description).startsWith('an id:')
