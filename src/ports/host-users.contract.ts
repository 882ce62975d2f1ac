import { describe, expect, test } from 'bun:test'
import { subLengthMax } from '../core/limits.ts'
import { type Open, opening, takeId } from './support.contract.ts'
import type { UserRecord } from './users.ts'

export function hostUsersContract(name: string, open: Open<'users' | 'hostUsers'>): void {
  describe(`${name}: HostUsers`, () => {
    const opened = opening(open)
    const users = () => opened.engine.users
    const hostUsers = () => opened.engine.hostUsers

    function person(handle: string, more: Partial<UserRecord> = {}): UserRecord {
      return { id: takeId(), handle, name: handle, bio: '', role: 'user', ...more }
    }

    test('[HU1] [HU2] a user is made once, and found by the host’s id for them', async () => {
      const anna = person('host_anna', { name: 'Änna 🐦' })
      const sub = `https://host.example/users/änna?${'x'.repeat(subLengthMax)}`.slice(0, subLengthMax)
      expect(await hostUsers().find(sub)).toBeUndefined()
      expect(await hostUsers().create(sub, anna, 1_700_000_000)).toBe(anna.id)
      expect(await hostUsers().find(sub)).toEqual({ user: anna.id, name: 'Änna 🐦', namedAt: 1_700_000_000 })
      expect(await users().many([anna.id])).toEqual([anna])
      expect(await users().byHandle('host_anna')).toEqual(anna)
      expect(await users().passwordHash(anna.id)).toBeUndefined()
      expect((await users().search('host_ann', undefined, 10)).map((user) => user.id)).toEqual([anna.id])

      const again = person('host_anna_again')
      expect(await hostUsers().create(sub, again, 1_800_000_000)).toBe(anna.id)
      expect(await users().many([again.id])).toEqual([undefined])
      expect(await users().byHandle('host_anna_again')).toBeUndefined()
      expect((await hostUsers().find(sub))?.name).toBe('Änna 🐦')
    })

    test('[HU2] a taken handle gives way to `u` and the id', async () => {
      const owner = person('host_taken')
      await users().create(owner, undefined)
      const guest = person('host_taken')
      expect(await hostUsers().create('guest of taken', guest, 1)).toBe(guest.id)
      expect(await users().byHandle('host_taken')).toEqual(owner)
      expect(await users().byHandle(`u${guest.id}`)).toEqual({ ...guest, handle: `u${guest.id}` })
      expect(await users().create(person(`u${guest.id}`), undefined)).toBe(false)
    })

    test('[HU2] where that is taken too, `_` goes behind it', async () => {
      const guest = person('host_taken_twice')
      await users().create(person('host_taken_twice'), undefined)
      await users().create(person(`u${guest.id}`), undefined)
      expect(await hostUsers().create('twice', guest, 1)).toBe(guest.id)
      expect((await users().many([guest.id]))[0]?.handle).toBe(`u${guest.id}_`)
      expect((await users().byHandle(`u${guest.id}_`))?.id).toBe(guest.id)
    })

    test('[HU1] of simultaneous creations for one sub one is made, and all are told of it', async () => {
      const rivals = Array.from({ length: 12 }, () => person('host_rival'))
      const made = await Promise.all(rivals.map((rival) => hostUsers().create('rival', rival, 1)))
      const [winner] = made
      expect(made).toEqual(rivals.map(() => winner!))
      expect((await hostUsers().find('rival'))?.user).toBe(winner!)
      const there = (await users().many(rivals.map(({ id }) => id))).filter((user) => user !== undefined)
      expect(there).toEqual([{ ...rivals.find(({ id }) => id === winner)!, handle: 'host_rival' }])
    })

    test('[HU1] different subs that want one handle are different people', async () => {
      const rivals = Array.from({ length: 8 }, () => person('host_wanted'))
      const made = await Promise.all(rivals.map((rival, i) => hostUsers().create(`wants ${i}`, rival, 1)))
      expect(made).toEqual(rivals.map(({ id }) => id))
      const handles = (await users().many(rivals.map(({ id }) => id))).map((user) => user!.handle)
      expect(handles.filter((handle) => handle === 'host_wanted')).toHaveLength(1)
      expect(new Set(handles).size).toBe(rivals.length)
    })

    test('[HU1] a user who is gone is not made once more', async () => {
      const anna = person('host_gone')
      await hostUsers().create('gone', anna, 1)
      await users().remove(anna.id)
      expect(await hostUsers().create('gone', person('host_gone'), 2)).toBe(anna.id)
      expect(await users().many([anna.id])).toEqual([undefined])
      expect(await users().byHandle('host_gone')).toBeUndefined()
    })

    test('[HU3] the newest name by the host is remembered, an older one changes nothing', async () => {
      const anna = person('host_named', { name: 'First' })
      await hostUsers().create('named', anna, 10)
      await hostUsers().named('named', 'Second', 20)
      await hostUsers().named('named', 'Older', 15)
      await hostUsers().named('named', 'Second', 20)
      expect(await hostUsers().find('named')).toEqual({ user: anna.id, name: 'Second', namedAt: 20 })
      await hostUsers().named('nobody has this sub', 'Nobody', 20)
      expect(await hostUsers().find('nobody has this sub')).toBeUndefined()
    })

    test('[HU2] [HU3] they survive a restart', async () => {
      const anna = person('host_lasting')
      await hostUsers().create('lasting', anna, 1)
      await hostUsers().named('lasting', 'Renamed', 2)
      await opened.reopen()
      expect(await hostUsers().find('lasting')).toEqual({ user: anna.id, name: 'Renamed', namedAt: 2 })
      expect(await hostUsers().create('lasting', person('host_lasting_again'), 3)).toBe(anna.id)
      expect(await users().many([anna.id])).toEqual([anna])
    })
  })
}
