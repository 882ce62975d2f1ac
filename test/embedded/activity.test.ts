import { expect, test } from 'bun:test'
import { open, withFolder } from './support.ts'

test('[NT1] the log of activity is worked off while others write without a pause', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    const subjects = Array.from({ length: 10_000 }, (_, i) => i + 1)
    const at = Date.now()
    await Promise.all(subjects.map((subject) => engine.activity.put({ kind: 'like', user: 1, subject, at })))

    let writing = true
    let written = 0
    async function write(user: number): Promise<void> {
      while (writing) await engine.likes.like(user, ++written)
    }
    const writers = Array.from({ length: 64 }, (_, i) => write(i + 1))
    const came: number[] = []
    for (;;) {
      const list = await engine.activity.next(1_000)
      if (list.length === 0) break
      came.push(...list.map(({ subject }) => subject))
      await engine.activity.done(list)
    }
    writing = false
    await Promise.all(writers)

    expect(came).toEqual(subjects)
    expect(written).toBeGreaterThan(1_000)
    await engine.close()
  })
}, 20_000)
