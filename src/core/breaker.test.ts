import { expect, test } from 'bun:test'
import { createBreaker } from './breaker.ts'

function breaker() {
  let now = 1_000
  const made = createBreaker({ failuresMax: 3, openMs: 100, now: () => now })
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) made.failed()
  }
  return { ...made, fail, pass: (ms: number) => void (now += ms) }
}

test('failures with a success between them leave it closed', () => {
  const { admits, fail, succeeded, state } = breaker()
  fail(2)
  succeeded()
  fail(2)
  expect(admits()).toBe(true)
  expect(state()).toBe('closed')
})

test('enough failures open it; after a while one probe is let through, whose outcome decides', () => {
  const { admits, fail, succeeded, state, opened, pass } = breaker()
  fail(3)
  expect([state(), admits(), opened()]).toEqual(['open', false, 1])
  pass(100)
  expect(state()).toBe('half-open')
  expect([admits(), admits()]).toEqual([true, false])
  fail(1)
  expect([state(), admits(), opened()]).toEqual(['open', false, 1])
  pass(100)
  expect(admits()).toBe(true)
  succeeded()
  expect([state(), admits(), admits()]).toEqual(['closed', true, true])
  fail(3)
  expect(opened()).toBe(2)
})

test('a probe that never ends gives way to another', () => {
  const { admits, fail, pass } = breaker()
  fail(3)
  pass(100)
  expect(admits()).toBe(true)
  expect(admits()).toBe(false)
  pass(100)
  expect(admits()).toBe(true)
})
