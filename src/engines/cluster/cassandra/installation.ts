import type { Client } from 'cassandra-driver'
import type { CursorKey } from '../../../core/cursor.ts'
import type { Chance } from '../../../ports/chance.ts'
import { type Cassandra, statement } from './client.ts'

type Setting = { value: string }

const read = statement<Setting>('SELECT value FROM settings WHERE name = ?')
const make = statement<Setting>('INSERT INTO settings (name, value) VALUES (?, ?) IF NOT EXISTS')

/**
 * A value of the installation that is made once: what `create` gives, or what another process stored before. The same for
 * all processes, for ever.
 */
export async function madeOnce(db: Cassandra, name: string, create: () => string): Promise<string> {
  const found = await db.one(read, [name])
  if (found !== undefined) return found.value
  const value = create()
  const made = await db.lwt(make, [name, value], {
    read,
    values: [name],
    mine: (row) => row?.value === value,
  })
  return made.applied ? value : made.row!.value
}

const change = statement<Setting>('UPDATE settings SET value = ? WHERE name = ? IF value = ?')

/** Gives such a value another one, where it is still `from`; false where it is not. */
export async function changeMade(db: Cassandra, name: string, from: string, to: string): Promise<boolean> {
  const changed = await db.lwt(change, [to, name, from], { read, values: [name], mine: (row) => row?.value === to })
  return changed.applied
}

/** What names the installation and keys its cursors. */
export async function installationKey(db: Cassandra, chance: Chance): Promise<CursorKey> {
  const made = await madeOnce(db, 'cursor_key', () =>
    JSON.stringify({ installation: chance.epoch() >>> 0, secret: chance.epoch() >>> 0 } satisfies CursorKey),
  )
  return JSON.parse(made) as CursorKey
}

/** Whether an installation was begun in the keyspace. */
export async function hasInstallation(client: Client, keyspace: string): Promise<boolean> {
  const query = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'settings'"
  const { rowLength } = await client.execute(query, [keyspace], { prepare: true })
  return rowLength > 0
}
