import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/core/log.ts'
import { connectAdmin } from '../../src/engines/cluster/cassandra/connect.ts'
import { type OpenCassandra, openCassandra } from '../../src/engines/cluster/cassandra/open.ts'
import { EngineUnusable } from '../../src/engines/cluster/unusable.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { systemClock } from '../../src/ports/clock.ts'
import type { CopyMark } from '../../src/ports/copy.ts'
import { oneSentence, rookeryEnds } from '../cli/process.ts'
import { rookery } from '../system/server.ts'
import { until } from '../until.ts'
import { dropKeyspace, newKeyspace, testCassandra } from './cassandra.ts'
import { copied, copies, copyArguments, load, sumsOf } from './copied.ts'

/** Two pages of messages and some of a third one, so that a copy can be caught between them. */
const messages = 5_000

describe('a copy that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-copy-'))
  const keyspace = newKeyspace()
  const loaded = join(folder, 'loaded')
  const back = join(folder, 'back')

  beforeAll(() => load(loaded, messages))
  afterAll(async () => {
    await dropKeyspace(keyspace)
    rmSync(folder, { recursive: true, force: true })
  })

  test('[Y2] on its way to a cluster: servers refuse the keyspace, and the next start goes on', async () => {
    await killOnce(await copyArguments(`embedded:${loaded}`, `cluster:${keyspace}`), () => someMessages(keyspace))
    // [Y4]
    const opening = open(keyspace)
    await expect(opening).rejects.toThrow(EngineUnusable)
    await expect(opening).rejects.toThrow(/is not whole, .* goes on\.$/)
    const wrongWay = await copies(`cluster:${keyspace}`, `embedded:${back}`)
    expect(wrongWay.status).toBe(1)
    expect(wrongWay.errors.split('\n').at(-2)).toContain('is not whole')

    const other = join(folder, 'other')
    await load(other, 0)
    const another = await copies(`embedded:${other}`, `cluster:${keyspace}`)
    expect(another.status).toBe(1)
    expect(another.errors.split('\n').at(-2)).toContain('the unfinished copy of another installation')

    const rest = await copied(`embedded:${loaded}`, `cluster:${keyspace}`)
    expect(rest).toMatchObject({ resumed: true, same: true })
    const all = rest.compared.reduce((sum, { to }) => sum + to.rows, 0)
    expect(rest.rows).toBeLessThanOrEqual(all - 2_000)
    expect(sumsOf(rest).messages!.rows).toBe(messages)
    const { db } = await open(keyspace)
    await db.close()
  }, 120_000)

  test('[Y2] on its way back: servers refuse the folder, and the next start goes on', async () => {
    const there = await copied(`embedded:${loaded}`, `cluster:${keyspace}`)
    await killOnce(await copyArguments(`cluster:${keyspace}`, `embedded:${back}`), said('copying messages'))
    const server = await rookeryEnds('serve', '--data', back, '--port', '0')
    expect(server.status).toBe(1)
    expect(server.errors).toMatch(oneSentence)
    expect(server.errors).toContain('is not whole')

    const rest = await copied(`cluster:${keyspace}`, `embedded:${back}`)
    expect(rest).toMatchObject({ resumed: true, same: true })
    expect(sumsOf(rest)).toEqual(sumsOf(there))
  }, 60_000)
})

/** As a server does. */
function open(keyspace: string): Promise<OpenCassandra> {
  return openCassandra({
    settings: testCassandra(),
    keyspace,
    replication: 1,
    allowUnsafe: true,
    clock: systemClock,
    chance: systemChance,
    log: silentLog,
  })
}

type Child = ReturnType<typeof rookery>

/** Starts the command, and ends it the hard way once `when` holds. */
async function killOnce(args: string[], when: (child: Child) => Promise<void>): Promise<void> {
  const child = rookery(args)
  await Promise.race([
    when(child),
    child.exited.then((status) => {
      throw new Error(`the copy ended with ${status} before it was killed`)
    }),
  ])
  child.kill('SIGKILL')
  await child.exited
}

/** Holds once a page of messages was marked as written. */
async function someMessages(keyspace: string): Promise<void> {
  const admin = await connectAdmin(testCassandra(), systemClock)
  const query = `SELECT value FROM ${keyspace}.settings WHERE name = 'copy messages all'`
  await until(
    async () => {
      const found = await admin.client.execute(query).catch(() => undefined)
      const text = found?.rows[0]?.value as string | undefined
      return text !== undefined && (JSON.parse(text) as CopyMark).rows > 0
    },
    60_000,
    'messages were copied',
  )
  await admin.close()
}

/** Holds once the child has said so. */
function said(words: string): (child: Child) => Promise<void> {
  return async (child) => {
    let all = ''
    for await (const chunk of child.stderr as ReadableStream<Uint8Array>) {
      all += new TextDecoder().decode(chunk)
      if (all.includes(words)) return
    }
  }
}
