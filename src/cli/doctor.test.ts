import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultConfig } from '../config.ts'
import { controlPath, createControl } from '../gateway/control.ts'
import type { Operators } from '../services/operators.ts'
import { examine } from './doctor.ts'

test('names the messages whose fan-out a running server has given up', async () => {
  const data = mkdtempSync(join(tmpdir(), 'rookery-doctor-'))
  const dead: { id: number; why: string }[] = []
  const never = () => Promise.reject(new Error('not asked'))
  const control = await createControl({
    path: controlPath(data),
    token: never,
    explain: never,
    operators: {} as Operators,
    deadJobs: async () => [...dead],
    async tryAgain(id) {
      if (id === 78) throw new Error('still no')
      dead.splice(
        dead.findIndex((job) => job.id === id),
        1,
      )
    },
  })
  const fanout = async (again = false) =>
    (await examine({ ...defaultConfig, data }, {}, again)).find(({ name }) => name === 'fan-out')
  expect(await fanout()).toMatchObject({ state: 'ok' })
  dead.push({ id: 77, why: 'the inboxes said no' })
  expect(await fanout()).toMatchObject({ state: 'warn', says: expect.stringContaining('77 (the inboxes said no)') })
  dead.push({ id: 78, why: 'the store said no' })
  const after = await fanout(true)
  expect(after).toMatchObject({ state: 'warn', says: expect.stringContaining('78 (the store said no)') })
  expect(String(after?.says)).not.toContain('77')
  await control.stop()
  expect(await fanout()).toBeUndefined()
  rmSync(data, { recursive: true })
})

test.skipIf(!existsSync('/proc'))('a folder that cannot be written takes no other check away', async () => {
  const checks = await examine({ ...defaultConfig, data: '/proc' }, {})
  expect(checks.find(({ name }) => name === 'fsync')).toMatchObject({ state: 'bad' })
  // What a full disk needs to be told.
  expect(checks.find(({ name }) => name === 'disk space')).toMatchObject({ state: 'warn' })
})
