import { describe, expect, test } from 'bun:test'
import { makeUser, newJob, type Open, opening, takeId } from './support.contract.ts'

export function idempotencyContract(name: string, open: Open<'idempotency' | 'users'>): void {
  describe(`${name}: Idempotency`, () => {
    const opened = opening(open)
    const keys = () => opened.engine.idempotency
    const user = () => makeUser(opened.engine.users)

    test('[K1] the first claim fixes the job, later ones are told of it', async () => {
      const me = await user()
      const first = newJob(me, { mode: 'hot', prev: [takeId(), takeId()], crossed: true })
      expect(await keys().claim(me, 'key', first, opened.now())).toEqual({ job: first, done: false, mine: true })
      expect(await keys().claim(me, 'key', newJob(me), opened.now())).toEqual({ job: first, done: false, mine: false })
    })

    test('[K1] of claims at the same time exactly one is mine, and all agree', async () => {
      const me = await user()
      const jobs = Array.from({ length: 10 }, () => newJob(me))
      const claims = await Promise.all(jobs.map((job) => keys().claim(me, 'key', job, opened.now())))
      const mine = claims.filter((claim) => claim.mine)
      expect(mine).toHaveLength(1)
      expect(claims.map((claim) => claim.job)).toEqual(claims.map(() => mine[0]!.job))
    })

    test('[K1] keys differ by user and by every character', async () => {
      const [me, other] = [await user(), await user()]
      const names = ['k', 'K', ' k', 'k ', '', 'é', 'é'.normalize('NFD'), '0', 'x'.repeat(128)]
      for (const key of names) expect((await keys().claim(me, key, newJob(me), opened.now())).mine).toBe(true)
      for (const key of names) expect((await keys().claim(other, key, newJob(other), opened.now())).mine).toBe(true)
    })

    test('[K2] only an entry that still has the id, and is not done, moves', async () => {
      const me = await user()
      const [first, second, third] = [newJob(me), newJob(me, { mode: 'hot', prev: [takeId()] }), newJob(me)]
      expect(await keys().move(me, 'key', first.id, second)).toBe(false)
      await keys().claim(me, 'key', first, opened.now())
      expect(await keys().move(me, 'key', first.id, second)).toBe(true)
      expect(await keys().move(me, 'key', first.id, third)).toBe(false)
      expect((await keys().claim(me, 'key', third, opened.now())).job).toEqual(second)
      await keys().finish(me, 'key', second.id)
      expect(await keys().move(me, 'key', second.id, third)).toBe(false)
      expect(await keys().claim(me, 'key', third, opened.now())).toEqual({ job: second, done: true, mine: false })
    })

    test('[K2] of two moves from one id exactly one does it', async () => {
      const me = await user()
      const first = newJob(me)
      await keys().claim(me, 'key', first, opened.now())
      const moves = await Promise.all([1, 2, 3].map(() => keys().move(me, 'key', first.id, newJob(me))))
      expect(moves.filter(Boolean)).toHaveLength(1)
    })

    test('[K3] finish answers whether the entry is done with this id', async () => {
      const me = await user()
      const job = newJob(me)
      expect(await keys().finish(me, 'key', job.id)).toBe(false)
      await keys().claim(me, 'key', job, opened.now())
      expect(await keys().finish(me, 'key', takeId())).toBe(false)
      expect((await keys().claim(me, 'key', newJob(me), opened.now())).done).toBe(false)
      expect(await keys().finish(me, 'key', job.id)).toBe(true)
      expect(await keys().finish(me, 'key', job.id)).toBe(true)
      expect((await keys().claim(me, 'key', newJob(me), opened.now())).done).toBe(true)
    })

    test('[K2] [K3] of a move and a finish at the same time only one wins', async () => {
      for (let i = 0; i < 5; i++) {
        const me = await user()
        const [job, next] = [newJob(me), newJob(me)]
        await keys().claim(me, 'key', job, opened.now())
        const [moved, finished] = await Promise.all([
          keys().move(me, 'key', job.id, next),
          keys().finish(me, 'key', job.id),
        ])
        expect(moved).toBe(!finished)
        const claim = await keys().claim(me, 'key', newJob(me), opened.now())
        expect(claim).toEqual({ job: moved ? next : job, done: finished, mine: false })
      }
    })

    test('[K5] what is finished unmoved is done as after a compare, and what has moved on is not', async () => {
      const me = await user()
      const [first, second, third] = [newJob(me), newJob(me), newJob(me)]
      await keys().claim(me, 'key', first, opened.now())
      await keys().finishUnmoved(me, 'key', first.id)
      expect(await keys().find(me, 'key')).toEqual({ job: first, done: true })
      expect(await keys().claim(me, 'key', second, opened.now())).toEqual({ job: first, done: true, mine: false })
      expect(await keys().move(me, 'key', first.id, second)).toBe(false)
      expect(await keys().finish(me, 'key', first.id)).toBe(true)
      await keys().claim(me, 'moved', first, opened.now())
      expect(await keys().move(me, 'moved', first.id, second)).toBe(true)
      await keys().finishUnmoved(me, 'moved', first.id)
      expect(await keys().find(me, 'moved')).toEqual({ job: second, done: false })
      expect(await keys().move(me, 'moved', second.id, third)).toBe(true)
      await keys().finishUnmoved(me, 'moved', third.id)
      expect(await keys().find(me, 'moved')).toEqual({ job: third, done: true })
      await opened.reopen()
      expect(await keys().find(me, 'moved')).toEqual({ job: third, done: true })
    })

    test('[K4] find tells what a key stands for, and claims nothing', async () => {
      const [me, other] = [await user(), await user()]
      const [job, moved] = [newJob(me), newJob(me, { mode: 'hot', prev: [takeId()] })]
      expect(await keys().find(me, 'key')).toBeUndefined()
      expect((await keys().claim(me, 'key', job, opened.now())).mine).toBe(true)
      expect(await keys().find(me, 'key')).toEqual({ job, done: false })
      await keys().move(me, 'key', job.id, moved)
      await keys().finish(me, 'key', moved.id)
      expect(await keys().find(me, 'key')).toEqual({ job: moved, done: true })
      expect(await keys().find(other, 'key')).toBeUndefined()
      expect(await keys().find(me, 'KEY')).toBeUndefined()
    })

    test('forget removes what was claimed before, an exclusive bound', async () => {
      const me = await user()
      const [old, young] = [newJob(me), newJob(me)]
      await keys().claim(me, 'old', old, 1_000)
      await keys().claim(me, 'young', young, 2_000)
      await keys().forget(2_000)
      expect((await keys().claim(me, 'young', newJob(me), 2_000)).job).toEqual(young)
      expect((await keys().claim(me, 'old', newJob(me), 2_000)).mine).toBe(true)
    })

    test('[K1] [K2] [K3] entries survive a restart', async () => {
      const me = await user()
      const [job, moved] = [newJob(me), newJob(me, { prev: [takeId()] })]
      await keys().claim(me, 'open', job, opened.now())
      await keys().claim(me, 'done', job, opened.now())
      await keys().move(me, 'done', job.id, moved)
      await keys().finish(me, 'done', moved.id)
      await opened.reopen()
      expect(await keys().claim(me, 'open', newJob(me), opened.now())).toEqual({ job, done: false, mine: false })
      expect(await keys().claim(me, 'done', newJob(me), opened.now())).toEqual({ job: moved, done: true, mine: false })
    })
  })
}
