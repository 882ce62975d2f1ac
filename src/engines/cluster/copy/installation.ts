import type { CursorKey } from '../../../core/cursor.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { InstallationRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { newPushKey } from '../../../ports/push.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { bucketOf, openCassandraHotLog } from '../cassandra/hot-log.ts'
import { madeOnce } from '../cassandra/installation.ts'
import { readerShards } from '../reader-shards.ts'
import type { Marks } from './marks.ts'
import { pageWriter } from './scan.ts'

type Setting = { value: string }

const readSetting = statement<Setting>('SELECT value FROM settings WHERE name = ?')
const replaceSetting = statement<Setting>('UPDATE settings SET value = ? WHERE name = ? IF value = ?')
const readWatermark = statement<{ watermark: number | undefined }>('SELECT watermark FROM sweep WHERE shard = 0')
const writeWatermark = statement('UPDATE sweep USING TIMESTAMP ? SET watermark = ? WHERE shard = 0')
const raiseState = statement('INSERT INTO hot_state (name, value) VALUES (?, ?) USING TIMESTAMP ?')
const writeHead = statement(
  'INSERT INTO hot (bucket, seq, msg_id, author, crossed) VALUES (?, ?, ?, 0, false) USING TIMESTAMP 0',
)
const writeGeneration = statement('INSERT INTO generations (part, shard, n) VALUES (0, ?, ?) USING TIMESTAMP 1')

export async function cursorKey(db: Cassandra): Promise<CursorKey | undefined> {
  const row = await db.one(readSetting, ['cursor_key'])
  return row && (JSON.parse(row.value) as CursorKey)
}

export async function watermarkOf(db: Cassandra): Promise<number> {
  return (await db.one(readWatermark, []))?.watermark ?? 0
}

export function installationReader(db: Cassandra, clock: Clock, chance: Chance): KindReader<InstallationRow> {
  return {
    async parts() {
      return [{ name: 'all', rows: 1 }]
    },
    async page() {
      const key = await cursorKey(db)
      if (key === undefined) throw new Error('the keyspace has no installation')
      const hotLog = await openCassandraHotLog({ db, clock, chance })
      const row = {
        installation: key.installation,
        secret: key.secret,
        hotEpoch: hotLog.epoch,
        hotHead: hotLog.head(),
        hotForgotten: hotLog.reach(),
        watermark: await watermarkOf(db),
        // One that no server of this version has run on has none yet.
        pushKey: await madeOnce(db, 'push_key', newPushKey),
      }
      return { rows: [row], next: undefined }
    },
  }
}

export function installationWriter(db: Cassandra, marks: Marks, chance: Chance): KindWriter<InstallationRow> {
  /** Replaces what a server that was started on the empty keyspace has made. */
  async function set(name: string, value: string): Promise<void> {
    const found = await madeOnce(db, name, () => value)
    if (found === value) return
    const mine = (row: Setting | undefined) => row?.value === value
    await db.lwt(replaceSetting, [value, name, found], { read: readSetting, values: [name], mine })
  }

  /**
   * The last position, also where its entry is forgotten: an entry that is as good as forgotten stands there until the real
   * one, if there is one, is written over it.
   */
  async function writeHotHead({ hotHead, hotForgotten }: InstallationRow): Promise<void> {
    if (hotForgotten > 0) await db.write(raiseState, ['forgotten', hotForgotten, hotForgotten])
    if (hotHead === 0) return
    const bucket = bucketOf(hotHead)
    if (bucket > 0) await db.write(raiseState, ['bucket', bucket, bucket])
    await db.write(writeHead, [bucket, hotHead, hotForgotten])
  }

  /** A server that was started on the empty keyspace has moved it up: written as of the id after, the copied one counts. */
  async function setWatermark(watermark: number): Promise<void> {
    const found = await watermarkOf(db)
    if (found !== watermark) await db.write(writeWatermark, [Math.max(watermark, found + 1), watermark])
  }

  /** Redis may hold inboxes of an earlier life of this keyspace: under other generations they count as absent. */
  async function changeGenerations(): Promise<void> {
    const number = 1 + (chance.epoch() % 2 ** 19)
    for (let shard = 0; shard < readerShards; shard++) await db.write(writeGeneration, [shard, number])
  }

  return pageWriter(marks, 'installation', async (row) => {
    const { installation, secret, pushKey, hotEpoch, watermark } = row
    await set('cursor_key', JSON.stringify({ installation, secret } satisfies CursorKey))
    await set('push_key', pushKey)
    await set('hot_epoch', String(hotEpoch))
    await writeHotHead(row)
    await setWatermark(watermark)
    await changeGenerations()
  })
}
