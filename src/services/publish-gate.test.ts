import { expect, test } from 'bun:test'
import { publishesSlowMs, publishesSlowWindowMs, publishesTogetherMin } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { createPublishGate } from './publish-gate.ts'

function open() {
  let now = 1_000
  const gate = createPublishGate(
    () => {},
    () => now,
  )
  const working: PromiseWithResolvers<string>[] = []
  const begin = () => {
    const one = Promise.withResolvers<string>()
    const outcome = gate(() => {
      working.push(one)
      return one.promise
    }).catch((error: unknown) => (error instanceof Refusal ? error.code : 'failed'))
    return outcome
  }
  /** Ends the oldest ones. */
  const end = async (count: number) => {
    for (const one of working.splice(0, count)) one.resolve('stored')
    await new Promise(setImmediate)
  }
  return { begin, end, pass: (ms: number) => void (now += ms), working }
}

test('publishes that pile up are refused until half of them are done; then all are let in again', async () => {
  const { begin, end, pass, working } = open()
  const crowd = Array.from({ length: 4 * publishesTogetherMin }, begin)
  pass(publishesSlowMs + 1)
  await end(1)
  expect(await begin()).toBe('overloaded')
  const left = working.length
  await end(Math.floor(left / 2) - 1)
  expect(await begin()).toBe('overloaded')
  await end(2)
  const again = begin()
  await end(working.length)
  expect(await again).toBe('stored')
  expect(new Set(await Promise.all(crowd))).toEqual(new Set(['stored']))
})

test('neither few slow ones nor one slow author among quick ones close it', async () => {
  const { begin, end, pass, working } = open()
  const few = Array.from({ length: publishesTogetherMin - 1 }, begin)
  pass(10 * publishesSlowMs)
  await end(few.length)
  expect(new Set(await Promise.all(few))).toEqual(new Set(['stored']))

  const slow = Array.from({ length: 4 * publishesTogetherMin }, begin)
  for (let i = 0; i < 20; i++) {
    const quick = begin()
    pass(publishesSlowWindowMs / 2)
    working.pop()!.resolve('stored')
    expect(await quick).toBe('stored')
    await end(1)
  }
  await end(working.length)
  expect(new Set(await Promise.all(slow))).toEqual(new Set(['stored']))
})
