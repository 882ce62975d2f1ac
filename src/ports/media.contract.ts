import { describe, expect, test } from 'bun:test'
import { asAvatar, type MediaPage, type MediaRecord, notThere, unused } from './media.ts'
import { type Open, opening, takeId } from './support.contract.ts'

export function mediaContract(name: string, open: Open<'media'>): void {
  describe(`${name}: MediaStore`, () => {
    const opened = opening(open)
    const media = () => opened.engine.media

    const newMedium = (more: Partial<MediaRecord> = {}): MediaRecord => ({
      id: crypto.randomUUID().replaceAll('-', ''),
      owner: takeId(),
      type: 'image',
      contentType: 'image/png',
      name: undefined,
      bytes: 1_000,
      previewBytes: 100,
      width: 640,
      height: 480,
      duration: undefined,
      blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
      description: 'A “gull”, \n sitting',
      createdAt: opened.now(),
      use: unused,
      ...more,
    })

    async function every(list: (page: string | undefined) => Promise<MediaPage>): Promise<MediaRecord[]> {
      const found: MediaRecord[] = []
      for (let page: string | undefined; ; ) {
        const { media: some, next } = await list(page)
        found.push(...some)
        if (next === undefined) return found
        page = next
      }
    }
    const byId = (a: MediaRecord, b: MediaRecord) => (a.id < b.id ? -1 : 1)

    test('[UP1] a medium is found as it was given, and the same id again changes nothing', async () => {
      const picture = newMedium()
      const file = newMedium({
        type: 'file',
        contentType: 'application/octet-stream',
        name: 'Bericht.pdf',
        previewBytes: 0,
        width: undefined,
        height: undefined,
        blurhash: undefined,
        description: undefined,
      })
      const film = newMedium({ type: 'video', contentType: 'video/mp4', bytes: 5_000_000_000, duration: 12.345 })
      expect(await media().one(picture.id)).toBeUndefined()
      for (const medium of [picture, file, film]) await media().add(medium)
      await media().add({ ...picture, bytes: 7, owner: takeId() })
      for (const medium of [picture, file, film]) expect(await media().one(medium.id)).toEqual(medium)
    })

    test('[UP2] its use passes only from what it is', async () => {
      const medium = newMedium({ use: notThere })
      const message = takeId()
      expect(await media().pass(medium.id, notThere, unused)).toBe(false)
      await media().add(medium)
      expect(await media().pass(medium.id, unused, message)).toBe(false)
      expect(await media().pass(medium.id, notThere, unused)).toBe(true)
      expect(await media().pass(medium.id, unused, message)).toBe(true)
      expect(await media().pass(medium.id, unused, asAvatar)).toBe(false)
      expect(await media().one(medium.id)).toEqual({ ...medium, use: message })
    })

    test('[UP2] of many who want it exactly one gets it', async () => {
      const medium = newMedium()
      await media().add(medium)
      const messages = Array.from({ length: 10 }, takeId)
      const got = await Promise.all(messages.map((message) => media().pass(medium.id, unused, message)))
      expect(got.filter(Boolean)).toHaveLength(1)
      expect((await media().one(medium.id))!.use).toBe(messages[got.indexOf(true)]!)
    })

    test('[UP3] only what is not there is removed', async () => {
      const medium = newMedium()
      await media().add(medium)
      await media().remove(medium)
      expect(await media().one(medium.id)).toEqual(medium)
      await media().pass(medium.id, unused, notThere)
      await media().remove(medium)
      expect(await media().one(medium.id)).toBeUndefined()
      expect(await media().pass(medium.id, notThere, unused)).toBe(false)
      expect(await media().usage(medium.owner)).toEqual({ count: 0, bytes: 0 })
      await media().remove(medium)
    })

    test('[UP4] [UP5] what a user has is counted and listed, and nobody else’s', async () => {
      const owner = takeId()
      expect(await media().usage(owner)).toEqual({ count: 0, bytes: 0 })
      const own = Array.from({ length: 5 }, (_, i) => newMedium({ owner, bytes: 10 ** i }))
      for (const medium of [...own, newMedium()]) await media().add(medium)
      expect(await media().usage(owner)).toEqual({ count: 5, bytes: 11_111 + 500 })
      const found = await every((page) => media().ofOwner(owner, page, 2))
      expect(found.sort(byId)).toEqual(own.sort(byId))
    })

    test('[UP6] every medium stands on exactly one page of all', async () => {
      const some = Array.from({ length: 25 }, () => newMedium())
      for (const medium of some) await media().add(medium)
      const ids = new Set(some.map(({ id }) => id))
      const found = (await every((page) => media().list(page, 10))).filter(({ id }) => ids.has(id))
      expect(found.sort(byId)).toEqual(some.sort(byId))
    })

    test('[UP1] [UP2] [UP3] media survive a restart', async () => {
      const [kept, gone] = [newMedium(), newMedium({ use: notThere })]
      const message = takeId()
      for (const medium of [kept, gone]) await media().add(medium)
      await media().pass(kept.id, unused, message)
      await media().remove(gone)
      await opened.reopen()
      expect(await media().one(kept.id)).toEqual({ ...kept, use: message })
      expect(await media().one(gone.id)).toBeUndefined()
    })
  })
}
