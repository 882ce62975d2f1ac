import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import type { Operators } from '../services/operators.ts'
import { askControl, controlPath, createControl } from './control.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rookery-control-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const handlers = {
  async token(handle: string) {
    if (handle !== 'ann') throw new Refusal('no_such_user', 'Nobody has this handle.')
    return 'a token'
  },
  async explain(handle: string) {
    const inbox = { state: 'absent' as const }
    return { user: { id: '1', handle }, inbox, followees: [], lastFetch: null }
  },
  async tryAgain() {},
  operators: {
    async role({ handle, role }: { handle: string; role: string }) {
      if (handle !== 'ann') throw new Refusal('no_such_user', 'Nobody has this handle.')
      return { handle, role }
    },
  } as unknown as Operators,
  async deadJobs() {
    return [{ id: 77, why: 'the inboxes said no' }]
  },
}

async function asks(data: string): Promise<void> {
  const control = await createControl({ path: controlPath(data), ...handlers })
  try {
    expect(await askControl<unknown>(data, 'POST', '/token?handle=Ann')).toEqual({ token: 'a token' })
    expect(await askControl<unknown>(data, 'GET', '/explain?handle=bob')).toMatchObject({ user: { handle: 'bob' } })
    expect(await askControl<unknown>(data, 'GET', '/dead-jobs')).toEqual({
      jobs: [{ id: '77', why: 'the inboxes said no' }],
    })
    const promoted = { handle: 'ann', role: 'admin' }
    expect(await askControl<unknown>(data, 'POST', '/user/role', promoted)).toEqual(promoted)
    const nobody = askControl(data, 'POST', '/user/role', { ...promoted, handle: 'eve' })
    await expect(nobody).rejects.toMatchObject({ code: 'no_such_user' })
    await expect(askControl(data, 'POST', '/user/toString', {})).rejects.toMatchObject({ code: 'not_found' })
    expect(statSync(controlPath(data)).mode & 0o777).toBe(0o600)
  } finally {
    await control.stop()
  }
  expect(await askControl(data, 'POST', '/token?handle=ann')).toBeUndefined()
}

test('a server is asked through its data folder, and nobody answers when it is gone', () => asks(folder))

test('a path longer than a socket address may be works too', async () => {
  const deep = join(folder, 'a-folder-with-a-long-name'.repeat(5))
  mkdirSync(deep)
  await asks(deep)
})

test('a socket left by a crash is replaced, and answers nobody before', async () => {
  writeFileSync(controlPath(folder), '')
  expect(await askControl(folder, 'POST', '/token?handle=ann')).toBeUndefined()
  await asks(folder)
})

test('a refusal arrives as the same refusal', async () => {
  const control = await createControl({ path: controlPath(folder), ...handlers })
  const asked = askControl(folder, 'POST', '/token?handle=eve')
  await expect(asked).rejects.toMatchObject({ code: 'no_such_user', message: 'Nobody has this handle.' })
  await expect(askControl(folder, 'GET', '/nothing')).rejects.toMatchObject({ code: 'not_found' })
  await control.stop()
})

test('what was asked before the end is answered: it would be asked once more, and done twice', async () => {
  const begun = Promise.withResolvers<void>()
  const done = Promise.withResolvers<string>()
  const token = () => {
    begun.resolve()
    return done.promise
  }
  const control = await createControl({ path: controlPath(folder), ...handlers, token })
  const asked = askControl<unknown>(folder, 'POST', '/token?handle=ann')
  await begun.promise
  const stopped = control.stop()
  done.resolve('a token')
  expect(await asked).toEqual({ token: 'a token' })
  await stopped
})
