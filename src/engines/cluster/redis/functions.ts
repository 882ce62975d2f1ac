import { inboxIdsMin } from '../../../core/limits.ts'
import bodiesLua from './bodies.lua' with { type: 'text' }
import inboxLua from './inbox.lua' with { type: 'text' }
import { headBytes, openSlots } from './inbox-value.ts'
import ratesLua from './rates.lua' with { type: 'text' }

/** What inbox.lua, bodies.lua and rates.lua register. */
export type FunctionName =
  | 'deliver'
  | 'heads'
  | 'create'
  | 'complete'
  | 'backfill'
  | 'lower'
  | 'dormant'
  | 'online'
  | 'offline'
  | 'changing'
  | 'changed'
  | 'own'
  | 'lease'
  | 'fill'
  | 'settle'

const lua = `${inboxLua}\n${bodiesLua}\n${ratesLua}`

/** The functions as a Redis library. Beside an EVALSHA of the same code a call costs half as much, or less. */
export interface Library {
  readonly text: string
  /** The name by which a function is called. */
  name(of: FunctionName): string
}

/**
 * The library of an installation. Its name carries the keyspace and a mark of its text, so that several installations and
 * several versions stand side by side, as they do while processes are replaced one by one.
 */
export function libraryOf(keyspace: string): Library {
  const layout = `HEAD, SLOTS, HELD = ${headBytes}, ${openSlots}, ${inboxIdsMin}`
  const mark = Bun.hash
    .crc32(layout + lua)
    .toString(16)
    .padStart(8, '0')
  const name = `${keyspace}_inbox_${mark}`
  return {
    text: `#!lua name=${name}\nlocal NAME, ${layout.replace('=', `= '${name}',`)}\n${lua}`,
    name: (of) => `${name}_${of}`,
  }
}
