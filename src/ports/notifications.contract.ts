import { describe, expect, test } from 'bun:test'
import { type Id, idMax, type UserId } from '../core/ids.ts'
import { notificationsKeptMax } from '../core/limits.ts'
import type { NotificationRow } from './notifications.ts'
import { makeUser, makeUsers, type Open, opening, takeId, takeIds } from './support.contract.ts'

export function notificationsContract(name: string, open: Open<'notifications' | 'users'>): void {
  describe(`${name}: NotificationStore`, () => {
    const opened = opening(open)
    const store = () => opened.engine.notifications
    const all = (reader: UserId) => store().list(reader, 0, idMax, 1_000)
    const like = (reader: UserId, subject: Id, user: UserId, at: number): NotificationRow => ({
      reader,
      type: 'like',
      subject,
      user,
      at,
      id: takeId(),
    })
    const mention = (reader: UserId, user: UserId): NotificationRow => {
      const id = takeId()
      return { reader, type: 'mention', subject: id, user, at: id, id: takeId() }
    }

    test('[J1] [J5] what is added is listed, newest first, each reader’s own', async () => {
      const [anna, bela, cora] = (await makeUsers(opened.engine.users, 3)) as [UserId, UserId, UserId]
      const rows = [mention(anna, cora), mention(bela, cora), mention(anna, cora), like(anna, takeId(), cora, 5)]
      expect(await store().add(rows)).toEqual(rows)
      expect(await all(anna)).toEqual([rows[3]!, rows[2]!, rows[0]!])
      expect(await all(bela)).toEqual([rows[1]!])
      expect(await all(cora)).toEqual([])
      expect(await store().list(anna, rows[0]!.id, rows[3]!.id, 10)).toEqual([rows[2]!])
      expect(await store().list(anna, 0, idMax, 2)).toEqual([rows[3]!, rows[2]!])
    })

    test('[J1] [J2] somebody else, later, takes the place; a repeat and what came before change nothing', async () => {
      const [anna, bela, cora, dora] = (await makeUsers(opened.engine.users, 4)) as [UserId, UserId, UserId, UserId]
      const subject = takeId()
      await store().add([like(anna, subject, bela, 10)])
      const [first] = await all(anna)
      expect(await store().add([like(anna, subject, bela, 10)])).toEqual([])
      expect(await store().add([like(anna, subject, bela, 11)])).toEqual([])
      expect(await store().add([like(anna, subject, cora, 9)])).toEqual([])
      expect(await all(anna)).toEqual([first!])
      const later = like(anna, subject, dora, 12)
      expect(await store().add([later])).toEqual([later])
      expect(await all(anna)).toEqual([later])
      expect(await store().add([like(anna, subject, bela, 10)])).toEqual([])
      expect(await all(anna)).toEqual([later])
    })

    test('[J3] the newest stay, however many come', async () => {
      const [anna, bela, cora] = (await makeUsers(opened.engine.users, 3)) as [UserId, UserId, UserId]
      const kept = mention(bela, cora)
      await store().add([kept])
      const rows = Array.from({ length: notificationsKeptMax + 200 }, () => mention(anna, cora))
      for (let i = 0; i < rows.length; i += 100) await store().add(rows.slice(i, i + 100))
      const found = await all(anna)
      expect(found).toEqual(rows.slice(200).reverse())
      expect(await all(bela)).toEqual([kept])
      await store().add([mention(anna, cora)])
      expect(await all(anna)).toHaveLength(notificationsKeptMax)
    })

    test('[J4] what is withdrawn goes, or names another one, but only where it names who withdraws', async () => {
      const [anna, bela, cora] = (await makeUsers(opened.engine.users, 3)) as [UserId, UserId, UserId]
      const subjects = takeIds(3) as [Id, Id, Id]
      await store().add(subjects.map((subject) => like(anna, subject, bela, 5)))
      const names = subjects.map((subject) => ({ reader: anna, type: 'like' as const, subject }))
      const before = await all(anna)
      await store().withdraw([
        { ...names[0]!, user: bela, instead: undefined },
        { ...names[1]!, user: bela, instead: cora },
        { ...names[2]!, user: cora, instead: undefined },
        { reader: anna, type: 'like', subject: takeId(), user: bela, instead: cora },
      ])
      expect(await all(anna)).toEqual([before[0]!, { ...before[1]!, user: cora }])
      const again = like(anna, subjects[0], bela, 5)
      expect(await store().add([again])).toEqual([again])
      expect(await all(anna)).toHaveLength(3)
    })

    test('[J6] [J7] what was read stays read, never more than there is', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      expect(await store().readUpTo(anna)).toBe(0)
      expect(await store().setRead(anna, idMax)).toBe(0)
      const rows = [mention(anna, bela), mention(anna, bela), mention(anna, bela)]
      await store().add(rows)
      expect(await store().setRead(anna, rows[1]!.id)).toBe(rows[1]!.id)
      expect(await store().setRead(anna, rows[0]!.id)).toBe(rows[1]!.id)
      expect(await store().readUpTo(anna)).toBe(rows[1]!.id)
      expect(await store().setRead(anna, idMax)).toBe(rows[2]!.id)
      expect(await store().readUpTo(anna)).toBe(rows[2]!.id)
      expect(await store().readUpTo(bela)).toBe(0)
    })

    test('[J8] all of a reader’s go, and nobody else’s', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const [hers, his] = [mention(anna, bela), mention(bela, anna)]
      await store().add([hers, his])
      await store().setRead(anna, hers.id)
      await store().clear(anna)
      expect(await all(anna)).toEqual([])
      expect(await store().setRead(anna, idMax)).toBe(0)
      expect(await all(bela)).toEqual([his])
    })

    test('[J1] [J7] notifications and what was read survive a restart', async () => {
      const anna = await makeUser(opened.engine.users)
      const bela = await makeUser(opened.engine.users)
      const row = mention(anna, bela)
      await store().add([row])
      await store().setRead(anna, row.id)
      await opened.reopen()
      expect(await all(anna)).toEqual([row])
      expect(await store().readUpTo(anna)).toBe(row.id)
    })
  })
}
