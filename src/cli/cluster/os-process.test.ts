import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../../test/until.ts'
import { endProcess, isAlive, residentBytes, signalProcess, startDetached, thisProcess } from './os-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'rookery-test-'))
const log = join(folder, 'output.log')
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const shell = (script: string) => startDetached(['sh', '-c', script], log)

test('this process lives, takes memory, and one that only has its number is another', () => {
  expect(isAlive(thisProcess())).toBe(true)
  expect(residentBytes(thisProcess())).toBeGreaterThan(2 ** 20)
  expect(isAlive({ ...thisProcess(), began: 'earlier' })).toBe(false)
  expect(signalProcess({ ...thisProcess(), began: 'earlier' }, 'SIGKILL')).toBe(false)
})

test('one that ends when asked, one that does not hear, and one that is stopped are all gone in the end', async () => {
  const obedient = shell('exec sleep 600')
  const deaf = shell(`trap '' TERM; echo deaf >> ${log}; while :; do sleep 1; done`)
  const stopped = shell('exec sleep 600')
  await until(() => readFileSync(log, 'utf8').includes('deaf'))
  signalProcess(stopped, 'SIGSTOP')
  await Promise.all([endProcess(obedient, 20_000), endProcess(deaf, 50), endProcess(stopped, 20_000)])
  expect([obedient, deaf, stopped].map(isAlive)).toEqual([false, false, false])
  await endProcess(obedient, 50)
})

test('a zombie is gone, although its number is still there', async () => {
  // A sleep that took the shell's place never asks for the end of the shell's child.
  const parent = shell(`sleep 0.01 & echo "child $!" >> ${log}; exec sleep 600`)
  try {
    await until(() => readFileSync(log, 'utf8').includes('child'))
    const pid = Number(/child (\d+)/.exec(readFileSync(log, 'utf8'))![1])
    const began = startOf(pid)
    await until(() => !isAlive({ pid, began }))
    expect(() => process.kill(pid, 0)).not.toThrow()
  } finally {
    await endProcess(parent, 0)
  }
})

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!
}

test('a program that is not there never lives', () => {
  expect(isAlive(startDetached([join(folder, 'absent')], log))).toBe(false)
})
