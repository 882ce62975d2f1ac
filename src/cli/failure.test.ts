import { expect, test } from 'bun:test'
import { Refusal } from '../core/refusal.ts'
import { failureSentence } from './failure.ts'

const config = { host: '127.0.0.1', port: 80, data: './data' }
const system = (code: string) => Object.assign(new Error(`${code}: something`), { code })

test('failures of the machine say what to do', () => {
  expect(failureSentence(system('EADDRINUSE'), config)).toContain('Port 80')
  expect(failureSentence(system('ENOSPC'), config)).toContain('./data')
  for (const code of ['EADDRNOTAVAIL', 'EACCES', 'EROFS', 'SQLITE_CANTOPEN', 'ENOTDIR']) {
    expect(failureSentence(system(code), config)).toMatch(/^[^\n]+\.$/)
  }
  const listening = Object.assign(system('ENOENT'), { syscall: 'listen' })
  expect(failureSentence(listening, config)).toBe(failureSentence(system('EADDRNOTAVAIL'), config))
  expect(failureSentence(system('EWHATEVER'), config)).toBe('EWHATEVER: something')
})

test('a refusal is its detail; a bug shows where it happened', () => {
  expect(failureSentence(new Refusal('no_such_user', 'Nobody has this handle.'))).toBe('Nobody has this handle.')
  expect(failureSentence(new TypeError('oops'))).toContain('failure.test.ts')
  expect(failureSentence('a text')).toBe('a text')
})
