import { describe, expect, test } from 'bun:test'
import type { UserId } from '../core/ids.ts'
import { makeUser, makeUsers, newMessage, type Open, opening, takeId } from './support.contract.ts'
import type { UserRecord } from './users.ts'

export function usersContract(name: string, open: Open<'users' | 'graph' | 'messages'>): void {
  describe(`${name}: UserStore`, () => {
    const opened = opening(open)
    const users = () => opened.engine.users

    function person(handle: string, more: Partial<UserRecord> = {}): UserRecord {
      return { id: takeId(), handle, name: handle, bio: '', role: 'user', ...more }
    }
    const token = (id: UserId) => new Bun.CryptoHasher('sha256').update(String(id)).digest('hex')

    test('[U2] [U3] a created user is found as given, in the order asked', async () => {
      const anna = person('anna', { name: 'Änna 🐦', bio: 'line 1\nline 2', role: 'admin' })
      const bela = person('bela')
      expect(await users().create(anna, '$argon2id$hash')).toBe(true)
      expect(await users().create(bela, undefined)).toBe(true)
      expect(await users().many([bela.id, takeId(), anna.id, bela.id])).toEqual([bela, undefined, anna, bela])
      expect(await users().many([])).toEqual([])
      expect(await users().byHandle('anna')).toEqual(anna)
      expect(await users().byHandle('nobody')).toBeUndefined()
      expect(await users().passwordHash(anna.id)).toBe('$argon2id$hash')
      expect(await users().passwordHash(bela.id)).toBeUndefined()
      expect(await users().passwordHash(takeId())).toBeUndefined()
    })

    test('[U1] [U2] a taken handle is refused and nothing is written', async () => {
      const [first, second] = [person('taken'), person('taken')]
      expect(await users().create(first, 'one')).toBe(true)
      expect(await users().create(second, 'two')).toBe(false)
      expect(await users().many([second.id])).toEqual([undefined])
      expect(await users().passwordHash(second.id)).toBeUndefined()
      expect(await users().byHandle('taken')).toEqual(first)
    })

    test('[U1] of simultaneous creations exactly one gets the handle', async () => {
      const rivals = Array.from({ length: 20 }, () => person('rival'))
      const created = await Promise.all(rivals.map((rival) => users().create(rival, undefined)))
      expect(created.filter(Boolean)).toHaveLength(1)
      const winner = rivals[created.indexOf(true)]!
      expect(await users().byHandle('rival')).toEqual(winner)
      const there = await users().many(rivals.map((rival) => rival.id))
      expect(there.filter((found) => found !== undefined)).toEqual([winner])
    })

    test('[U3] up to 1,000 ids', async () => {
      const id = await makeUser(users())
      const found = await users().many(Array.from({ length: 1_000 }, () => id))
      expect(found.filter((user) => user?.id === id)).toHaveLength(1_000)
    })

    test('an update changes what it names and nothing else', async () => {
      const user = person('changing', { bio: 'old', name: 'Old' })
      await users().create(user, 'hash')
      expect(await users().update(user.id, { name: 'New' })).toBe(true)
      expect(await users().byHandle('changing')).toEqual({ ...user, name: 'New' })
      expect(await users().update(user.id, { bio: '' })).toBe(true)
      expect(await users().update(user.id, {})).toBe(true)
      expect((await users().many([user.id]))[0]).toEqual({ ...user, name: 'New', bio: '' })
      expect(await users().passwordHash(user.id)).toBe('hash')
      expect(await users().update(takeId(), { name: 'Nobody' })).toBe(false)
    })

    test('a picture is there until an empty one is given', async () => {
      const user = person('painted')
      await users().create(user, undefined)
      const avatar = '0123456789abcdef'.repeat(2)
      expect(await users().update(user.id, { avatar })).toBe(true)
      expect(await users().many([user.id])).toEqual([{ ...user, avatar }])
      await users().update(user.id, { name: 'Painted' })
      expect(await users().byHandle('painted')).toEqual({ ...user, name: 'Painted', avatar })
      await users().update(user.id, { avatar: '' })
      expect(await users().byHandle('painted')).toEqual({ ...user, name: 'Painted' })
    })

    test('an update changes role and password hash too, each alone', async () => {
      const [user, bare] = [person('rising'), person('bare')]
      await users().create(user, 'hash')
      await users().create(bare, undefined)
      expect(await users().update(user.id, { role: 'admin' })).toBe(true)
      expect(await users().byHandle('rising')).toEqual({ ...user, role: 'admin' })
      expect(await users().passwordHash(user.id)).toBe('hash')
      for (const hash of ['another', 'and another']) {
        expect(await users().update(bare.id, { passwordHash: hash })).toBe(true)
        expect(await users().passwordHash(bare.id)).toBe(hash)
      }
      expect(await users().update(user.id, { role: 'user', passwordHash: 'new' })).toBe(true)
      expect(await users().passwordHash(user.id)).toBe('new')
      await opened.reopen()
      expect(await users().byHandle('rising')).toEqual(user)
      expect(await users().byHandle('bare')).toEqual(bare)
      expect(await users().update(takeId(), { role: 'admin' })).toBe(false)
    })

    test('[U8] every user stands on exactly one page', async () => {
      const made = await makeUsers(users(), 25)
      const seen: UserId[] = []
      let page: string | undefined
      do {
        const found = await users().list(page, 7)
        expect(found.users.length).toBeLessThanOrEqual(7)
        seen.push(...found.users.map(({ id }) => id))
        page = found.next
      } while (page !== undefined)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toEqual(expect.arrayContaining(made))
    })

    test('counts follow edges and messages', async () => {
      const { graph, messages } = opened.engine
      const [anna, bela, cleo] = (await makeUsers(users(), 3)) as [UserId, UserId, UserId]
      expect(await users().counts(anna)).toEqual({ followers: 0, following: 0, messages: 0 })
      await graph.follow(bela, anna, takeId(), false)
      await graph.follow(bela, anna, takeId(), false)
      await graph.follow(cleo, anna, takeId(), false)
      await graph.follow(anna, cleo, takeId(), false)
      const [first, second] = [newMessage(anna), newMessage(anna)]
      await messages.store(first)
      await messages.store(first)
      await messages.store(second)
      expect(await users().counts(anna)).toEqual({ followers: 2, following: 1, messages: 2 })
      await graph.unfollow(bela, anna)
      await graph.unfollow(bela, anna)
      await messages.delete(first.id, anna, takeId())
      await messages.delete(first.id, anna, takeId())
      await messages.abandon(second.id, anna)
      expect(await users().counts(anna)).toEqual({ followers: 1, following: 1, messages: 0 })
    })

    test('[U10] search compares names without case, diacritics and form, and keeps them as given', async () => {
      const found = async (prefix: string) =>
        (await users().search(prefix, undefined, 10)).map(({ handle, name }) => [handle, name])
      const zoe = ['qq_1', 'Zoë Öz'.normalize('NFD')]
      const wide = ['qq_2', '\uff3aOE']
      const greek = ['qq_3', 'ΟΔΥΣΣΕΥΣ']
      for (const [handle, name] of [zoe, wide, greek]) await users().create(person(handle!, { name: name! }), undefined)
      for (const prefix of ['ZOË', 'zoe', 'Zoë'.normalize('NFD'), '\uff5aoe'])
        expect(await found(prefix)).toEqual([zoe, wide])
      expect(await found('zoe oz')).toEqual([zoe])
      expect(await found('οδυσσεύς')).toEqual([greek])
      // Of signs that are not seen nothing is left.
      expect(await found('\u200b')).toEqual([])
      const { id } = (await users().byHandle('qq_1'))!
      await users().update(id, { bio: 'No other name' })
      expect(await found('zoë öz')).toEqual([zoe])
      await users().update(id, { name: 'Ængus' })
      expect(await found('zoe')).toEqual([wide])
      expect(await found('æNG')).toEqual([['qq_1', 'Ængus']])
      await users().update(id, { name: 'Plain' })
      expect(await found('æng')).toEqual([])
    })

    test('search: by prefix of handle or name, ASCII case aside, by handle upward, in pages', async () => {
      const found = async (prefix: string, after?: string, length = 10) =>
        (await users().search(prefix, after, length)).map((user) => user.handle)
      await users().create(person('zz_paul', { name: 'Paul' }), undefined)
      await users().create(person('zz_paula', { name: 'Someone' }), undefined)
      await users().create(person('zz_x', { name: 'ZZ_Pa' }), undefined)
      await users().create(person('zz_other', { name: 'Not at the start: zz_pa' }), undefined)
      await users().create(person('zzapa', { name: 'An underscore is no wildcard' }), undefined)
      expect(await found('zz_pa')).toEqual(['zz_paul', 'zz_paula', 'zz_x'])
      expect(await found('ZZ_PA')).toEqual(['zz_paul', 'zz_paula', 'zz_x'])
      expect(await found('zz_pa', undefined, 2)).toEqual(['zz_paul', 'zz_paula'])
      expect(await found('zz_pa', 'zz_paula', 2)).toEqual(['zz_x'])
      expect(await found('zz_paulaa')).toEqual([])
      expect(await found('zz%')).toEqual([])
      await users().update((await users().byHandle('zz_x'))!.id, { name: 'Renamed' })
      expect(await found('zz_pa')).toEqual(['zz_paul', 'zz_paula'])
      expect(await found('renam')).toEqual(['zz_x'])
    })

    test('[U4] [U5] a token is known from its creation until its removal', async () => {
      const [anna, bela] = (await makeUsers(users(), 2)) as [UserId, UserId]
      const [one, two] = [token(takeId()), token(takeId())]
      expect(await users().userOfToken(one)).toBeUndefined()
      await Promise.all([users().addToken(one, anna, opened.now()), users().addToken(two, bela, opened.now())])
      expect(await users().userOfToken(one)).toBe(anna)
      expect(await users().userOfToken(two)).toBe(bela)
      await users().removeToken(one)
      await users().removeToken(one)
      expect(await users().userOfToken(one)).toBeUndefined()
      expect(await users().userOfToken(two)).toBe(bela)
    })

    test('[U9] a user is told of their tokens, when and for which device they were made', async () => {
      const [anna, bela] = (await makeUsers(users(), 2)) as [UserId, UserId]
      const made = [undefined, 'Firefox · Android', 'curl/8 “é”'].map((device, index) => {
        return { token: token(takeId()), createdAt: index + 1, device }
      })
      for (const one of made) await users().addToken(one.token, anna, one.createdAt, one.device)
      await users().addToken(token(takeId()), bela, 4)
      const found = async () => (await users().sessions(anna, 10)).sort((a, b) => a.createdAt - b.createdAt)
      expect(await found()).toEqual(made)
      expect(await users().sessions(anna, 2)).toHaveLength(2)
      await users().removeToken(made[0]!.token)
      await opened.reopen()
      expect(await found()).toEqual(made.slice(1))
      await users().removeTokens(anna)
      expect(await users().sessions(anna, 10)).toEqual([])
    })

    test('[U6] all of a user’s tokens go at once, and nobody else’s', async () => {
      const [anna, bela] = (await makeUsers(users(), 2)) as [UserId, UserId]
      const [one, two, hers] = [token(takeId()), token(takeId()), token(takeId())]
      for (const [text, user] of [
        [one, anna],
        [two, anna],
        [hers, bela],
      ] as const) {
        await users().addToken(text, user, opened.now())
      }
      await users().removeTokens(anna)
      await users().removeTokens(anna)
      expect(await users().userOfToken(one)).toBeUndefined()
      expect(await users().userOfToken(two)).toBeUndefined()
      expect(await users().userOfToken(hers)).toBe(bela)
    })

    test('[U7] a user who is removed is nowhere, and the handle is anybody’s', async () => {
      const user = { ...person('yy_leaving'), name: 'Yy Leaves' }
      await users().create(user, 'hash')
      await users().remove(user.id)
      await users().remove(user.id)
      expect(await users().many([user.id])).toEqual([undefined])
      expect(await users().byHandle('yy_leaving')).toBeUndefined()
      expect(await users().passwordHash(user.id)).toBeUndefined()
      expect(await users().search('yy', undefined, 10)).toEqual([])
      expect(await users().search('~', undefined, 10)).toEqual([])
      const next = person('yy_leaving')
      expect(await users().create(next, undefined)).toBe(true)
      await opened.reopen()
      expect(await users().byHandle('yy_leaving')).toEqual(next)
      expect(await users().many([user.id, next.id])).toEqual([undefined, next])
    })

    test('[U2] [U4] [U5] users, changes and tokens survive a restart', async () => {
      const user = person('lasting')
      await users().create(user, 'hash')
      await users().update(user.id, { bio: 'Here to stay' })
      const [kept, removed] = [token(takeId()), token(takeId())]
      await users().addToken(kept, user.id, opened.now())
      await users().addToken(removed, user.id, opened.now())
      await users().removeToken(removed)
      await opened.reopen()
      expect(await users().byHandle('lasting')).toEqual({ ...user, bio: 'Here to stay' })
      expect(await users().passwordHash(user.id)).toBe('hash')
      expect(await users().userOfToken(kept)).toBe(user.id)
      expect(await users().userOfToken(removed)).toBeUndefined()
      expect(await users().create(person('lasting'), undefined)).toBe(false)
    })
  })
}
