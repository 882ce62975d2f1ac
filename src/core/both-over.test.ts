import { expect, test } from 'bun:test'
import { bothOver } from './both-over.ts'

test('nobody is refused while a part of what they asked for is on its way', async () => {
  for (const [first, second] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const parts = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
    let over = false
    const both = bothOver(parts[0]!.promise, parts[1]!.promise).finally(() => (over = true))
    parts[first]!.reject(new Error('refused'))
    await new Promise(setImmediate)
    expect(over).toBe(false)
    parts[second]!.resolve(1)
    await expect(both).rejects.toThrow('refused')
  }
  expect(await bothOver(Promise.resolve('the change'), Promise.resolve())).toBe('the change')
})
