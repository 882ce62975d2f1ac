import type { TSchema } from 'typebox'
import * as wire from '../../core/wire.ts'
import * as community from '../../core/wire-community.ts'

/** A schema as it stands in a document. */
export type Form = { readonly [key: string]: unknown }

const isObjectSchema = (value: unknown): value is TSchema => (value as { type?: unknown } | null)?.type === 'object'

/** What core/wire.ts and its like name, by its JSON: an optional property holds a copy, which is the same form all the same. */
const names = new Map(
  Object.entries({ ...wire, ...community }).flatMap(([name, value]) =>
    isObjectSchema(value) ? [[JSON.stringify(value), name]] : [],
  ),
)

/** The schemas of one document: each form that has a name is described once, and referred to. */
export class Forms {
  /** By name: the document's `components.schemas`. */
  readonly named: Record<string, Form> = {}

  /** The schema, or a reference to it. */
  of(schema: TSchema): Form {
    return this.#form(schema as unknown as Form) as Form
  }

  #form(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#form(each))
    if (typeof value !== 'object' || value === null) return value
    const name = names.get(JSON.stringify(value))
    if (name === undefined) return this.#parts(value)
    if (!Object.hasOwn(this.named, name)) {
      this.named[name] = {}
      this.named[name] = this.#parts(value)
    }
    return { $ref: `#/components/schemas/${name}` }
  }

  /** TypeBox keeps what is its own under names that begin with `~`. */
  #parts(value: object): Form {
    const parts = Object.entries(value).filter(([key]) => !key.startsWith('~'))
    return Object.fromEntries(parts.map(([key, part]) => [key, this.#form(part)]))
  }
}
