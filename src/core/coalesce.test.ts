import { expect, test } from 'bun:test'
import { coalesce } from './coalesce.ts'

/** Reads that end when told to; each answers with its number. */
function reads() {
  const under: PromiseWithResolvers<number>[] = []
  return {
    under,
    read: coalesce(() => {
      const one = Promise.withResolvers<number>()
      under.push(one)
      return one.promise
    }),
  }
}

test('the first caller is read for at once; who asks meanwhile shares the next read', async () => {
  const { under, read } = reads()
  const first = read()
  const [second, third] = [read(), read()]
  expect(under).toHaveLength(1)
  under[0]!.resolve(1)
  expect(await first).toBe(1)
  await Promise.resolve()
  expect(under).toHaveLength(2)
  const fourth = read()
  under[1]!.resolve(2)
  expect(await Promise.all([second, third])).toEqual([2, 2])
  await Promise.resolve()
  under[2]!.resolve(3)
  expect(await fourth).toBe(3)
  const fifth = read()
  expect(under).toHaveLength(4)
  under[3]!.resolve(4)
  expect(await fifth).toBe(4)
})

test('a read that fails does so for those who share it, and the next ones read again', async () => {
  const { under, read } = reads()
  const first = read()
  const second = read()
  under[0]!.reject(new Error('away'))
  expect(first).rejects.toThrow('away')
  await first.catch(() => {})
  await Promise.resolve()
  under[1]!.resolve(2)
  expect(await second).toBe(2)
})

test('a read that throws at once fails and does not stand in the way', async () => {
  let fails = true
  const read = coalesce(async () => {
    if (fails) throw new Error('away')
    return 'here'
  })
  expect(read()).rejects.toThrow('away')
  fails = false
  expect(await read()).toBe('here')
  expect(await read()).toBe('here')
})

test('at most one read runs, also when callers come back as soon as they are answered', async () => {
  let running = 0
  let most = 0
  const read = coalesce(async () => {
    most = Math.max(most, ++running)
    await Bun.sleep(0)
    running--
  })
  const caller = async () => {
    for (let i = 0; i < 20; i++) await read()
  }
  await Promise.all([caller(), caller(), caller()])
  expect(most).toBe(1)
})

test('with a pace, reads that were waited for keep their distance, and the first one never waits', async () => {
  const slept: number[] = []
  let now = 0
  let begun = 0
  const read = coalesce(
    async () => {
      begun++
      now += 2
    },
    {
      everyMs: 5,
      now: () => now,
      sleep: async (ms) => {
        slept.push(ms)
        now += ms
      },
    },
  )
  await read()
  expect(slept).toEqual([])
  await Promise.all([read(), read(), read()])
  expect(begun).toBe(3)
  expect(slept).toEqual([3])
})
