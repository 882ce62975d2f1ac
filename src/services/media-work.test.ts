import { expect, test } from 'bun:test'
import { mediaLookMs, mediaRestMsMax, uploadsAtOnceMax } from '../core/limits.ts'
import { createRest, createWork } from './media-work.ts'

/** How long a rest lasts after work that took `ms` while the loop uses this share of a core. */
async function restOf(ms: number, share: number): Promise<number> {
  let now = 0
  const clock = {
    now: () => now,
    async sleep(some: number) {
      now += some
    },
  }
  await createRest(clock, () => now * share)(ms)
  return now
}

test('where the loop is not busy, the next upload waits for no longer than it takes to see that', async () => {
  expect(await restOf(100, 0.4)).toBe(mediaLookMs)
})

test('where it is, uploads are worked on a fifth of the time', async () => {
  expect(await restOf(100, 0.6)).toBe(mediaLookMs + 400)
})

test('a rest lasts half a second at most, however long the work', async () => {
  expect(await restOf(60_000, 1)).toBe(mediaLookMs + mediaRestMsMax)
})

test('so many are worked on at once, and each rests before the next', async () => {
  const rests: PromiseWithResolvers<void>[] = []
  const work = createWork(2, () => {
    const rest = Promise.withResolvers<void>()
    rests.push(rest)
    return rest.promise
  })
  const begun: number[] = []
  const ends = Array.from({ length: 4 }, () => Promise.withResolvers<void>())
  const all = ends.map(({ promise }, i) =>
    work(() => {
      begun.push(i)
      return promise
    }),
  )
  expect(begun).toEqual([0, 1])
  ends[1]!.resolve()
  await all[1]
  expect(begun).toEqual([0, 1])
  rests[0]!.resolve()
  await rests[0]!.promise
  await Promise.resolve()
  expect(begun).toEqual([0, 1, 2])
  // Work that fails gives its place too.
  ends[0]!.reject(new Error('broken'))
  await expect(all[0]).rejects.toThrow('broken')
  rests[1]!.resolve()
  for (const { resolve } of ends) resolve()
  await all[2]
  rests[2]!.resolve()
  await all[3]
  expect(begun).toEqual([0, 1, 2, 3])
})

test('of what waits there is no more than may be received at once', async () => {
  const work = createWork(1, async () => {})
  const never = Promise.withResolvers<void>()
  const some = Array.from({ length: 1 + uploadsAtOnceMax }, () => work(() => never.promise))
  await expect(work(() => never.promise)).rejects.toMatchObject({ code: 'overloaded' })
  never.resolve()
  await Promise.all(some)
})
