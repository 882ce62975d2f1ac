import { expect, test } from 'bun:test'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canFailFsync, failingFsync, mountSmall } from '../faults.ts'
import { until } from '../until.ts'
import { type Account, call, signUp, wholeTimeline } from './client.ts'
import { ServerProcess, temporaryFolder } from './server.ts'

const text = 'x'.repeat(8_000)

/** Publishes with many under way at once until `enough`; the ids that were acknowledged and the statuses of the others. */
async function publishUntil(server: ServerProcess, account: Account, enough: (refused: number[]) => boolean) {
  const acknowledged: string[] = []
  const refused: number[] = []
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (!enough(refused)) {
        try {
          const response = await fetch(`${server.address}/send`, {
            method: 'POST',
            headers: { authorization: `Bearer ${account.token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ text }),
          })
          const body = (await response.json()) as { id: string }
          if (response.status === 201) acknowledged.push(body.id)
          else refused.push(response.status)
        } catch {
          refused.push(0)
        }
      }
    }),
  )
  return { acknowledged, refused }
}

const ids = async (server: ServerProcess, account: Account) =>
  new Set((await wholeTimeline(server.address, account)).map((message) => message.id))

test('a full disk: writes answer 507, reads go on, and it recovers without a restart', async () => {
  const folder = temporaryFolder()
  const disk = join(folder.path, 'disk')
  const unmount = mountSmall(disk, 64)
  if (unmount === undefined) {
    console.error('SKIPPED: a full disk is tested by root on Linux only (it mounts a small tmpfs)')
    return folder.remove()
  }
  const filler = join(disk, 'filler')
  writeFileSync(filler, Buffer.alloc(30 * 2 ** 20))
  const server = new ServerProcess(join(disk, 'data'))
  try {
    await server.start()
    const account = await signUp(server.address, 'writer')
    const full = await publishUntil(server, account, (refused) => refused.length >= 50)
    expect(full.acknowledged.length).toBeGreaterThan(100)
    expect(new Set(full.refused)).toEqual(new Set([507]))
    const [message] = full.acknowledged
    const liked = await call<{ code: string }>(server.address, 'PUT', `/messages/${message}/like`, {
      token: account.token,
    })
    expect([200, 507]).toContain(liked.status)
    const kept = await ids(server, account)
    for (const id of full.acknowledged) expect(kept).toContain(id)
    expect(kept.size).toBe(full.acknowledged.length)

    rmSync(filler)
    await until(
      async () =>
        (await call(server.address, 'POST', '/send', { token: account.token, body: { text: 'room' } })).status === 201,
      10_000,
      'publishing again',
    )
    // What was acknowledged is there after a kill as well.
    await server.end('SIGKILL')
    await server.start()
    const after = await ids(server, account)
    for (const id of full.acknowledged) expect(after).toContain(id)
  } finally {
    await server.end('SIGKILL')
    unmount()
    folder.remove()
  }
}, 60_000)

if (!canFailFsync) console.error('SKIPPED: a failing fsync is tested on Linux with a C compiler (cc) only')
test.skipIf(!canFailFsync)(
  'a failing fsync ends the server with status 1 and one sentence; nothing acknowledged is lost',
  async () => {
    const folder = temporaryFolder()
    const data = join(folder.path, 'data')
    mkdirSync(data)
    const fsync = failingFsync(folder.path)
    const server = new ServerProcess(data, [], fsync.env)
    const again = new ServerProcess(data)
    try {
      await server.start()
      const account = await signUp(server.address, 'writer')
      let ended: number | undefined
      void server.ended().then((status) => {
        ended = status
      })
      const publishing = publishUntil(server, account, () => ended !== undefined)
      await until(async () => (await ids(server, account)).size > 50, 20_000, 'some messages')
      fsync.fail()
      const { acknowledged } = await publishing
      expect(ended).toBe(1)
      expect(server.errors).toContain('cannot be written any more')
      await again.start()
      const kept = await ids(again, account)
      for (const id of acknowledged) expect(kept).toContain(id)
    } finally {
      await server.end('SIGKILL')
      await again.end('SIGKILL')
      folder.remove()
    }
  },
  60_000,
)
