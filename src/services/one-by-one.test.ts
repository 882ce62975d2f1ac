import { expect, test } from 'bun:test'
import { oneByOneWaitMs } from '../core/limits.ts'
import { systemClock } from '../ports/clock.ts'
import { createOneByOne } from './one-by-one.ts'

test('what is of one name is done in its order, whatever becomes of each; another name waits for none of it', async () => {
  const oneByOne = createOneByOne<string>(systemClock)
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  const works = [
    oneByOne('a', () => first.promise.then(() => done.push('a1'))),
    oneByOne('a', () => Promise.reject(new Error('a2'))),
    oneByOne('a', async () => done.push('a3')),
  ]
  await oneByOne('b', async () => done.push('b'))
  expect(done).toEqual(['b'])
  first.resolve()
  expect((await Promise.allSettled(works)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(done).toEqual(['b', 'a1', 'a3'])
})

test('what hangs holds up the next one for so long, and the one after that no longer', async () => {
  let now = 0
  const clock = { ...systemClock, now: () => now, sleep: () => new Promise<void>(setImmediate) }
  const oneByOne = createOneByOne<string>(clock)
  const hung = Promise.withResolvers<void>()
  void oneByOne('a', () => hung.promise)
  const next = [1, 2].map((n) => oneByOne('a', async () => n))
  now = oneByOneWaitMs
  expect(await Promise.all(next)).toEqual([1, 2])
  hung.resolve()
})
