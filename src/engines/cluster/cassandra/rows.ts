import { types } from 'cassandra-driver'

/** What a statement may be given. A number goes into `bigint` and `int` alike; undefined leaves a cell as it is. */
export type Value = string | number | boolean | Buffer | null | undefined | readonly (string | number)[]
export type Values = readonly Value[]

const { Long } = types

/**
 * The driver's rows as plain ones: absence is undefined, and every `bigint` is a number (ids lie below 2^53). The one
 * place where the driver's own numbers are turned: its Long costs a third of a BigInt to read, and takes numbers as they are.
 */
export function plainRows<Row>(result: types.ResultSet): Row[] {
  // Answers without rows (a write's) have neither.
  const rows = (result.rows ?? []) as Record<string, unknown>[]
  for (const { name } of result.columns ?? []) {
    for (const row of rows) {
      const value = row[name]
      if (value === null) row[name] = undefined
      else if (typeof value === 'object') row[name] = plain(value)
    }
  }
  return rows as Row[]
}

function plain(value: unknown): unknown {
  if (value instanceof Long) return value.toNumber()
  return Array.isArray(value) ? value.map(plain) : value
}
