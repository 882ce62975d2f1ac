import { describe, expect, test } from 'bun:test'
import { createECDH } from 'node:crypto'
import type { UserId } from '../core/ids.ts'
import { pushSubscriptionsMax } from '../core/limits.ts'
import { notificationTypes } from '../core/notification-types.ts'
import { type PushSubscription, publicPushKey } from './push.ts'
import { makeUser, makeUsers, type Open, opening } from './support.contract.ts'

let count = 0
const digest = () => (++count).toString(16).padStart(64, '0')

export function pushContract(name: string, open: Open<'push' | 'pushKey' | 'users'>): void {
  describe(`${name}: PushStore`, () => {
    const opened = opening(open)
    const store = () => opened.engine.push
    const make = (user: UserId, more: Partial<PushSubscription> = {}): PushSubscription => ({
      user,
      token: digest(),
      signed: false,
      endpoint: `https://push.example.org/${++count}`,
      p256dh: `point-${count}`,
      auth: `secret-${count}`,
      types: notificationTypes,
      at: Date.now() + count,
      ...more,
    })
    const put = async (user: UserId, more: Partial<PushSubscription> = {}) => {
      const made = make(user, more)
      await store().put(made)
      return made
    }
    const of = async (user: UserId) => (await store().of(user)).sort((a, b) => a.at - b.at)

    test('[V11] what was put is there as it was, of each user their own', async () => {
      const [anna, bela, cleo] = (await makeUsers(opened.engine.users, 3)) as [UserId, UserId, UserId]
      const one = await put(anna, { types: ['reply', 'message'], signed: true })
      const two = await put(anna)
      const none = await put(bela, { types: [] })
      expect(await of(anna)).toEqual([one, two])
      expect(await of(bela)).toEqual([none])
      expect(await of(cleo)).toEqual([])
    })

    test('[V11] it takes the place of its token’s former one, under the same endpoint or another', async () => {
      const anna = await makeUser(opened.engine.users)
      const first = await put(anna)
      const same = await put(anna, { token: first.token, endpoint: first.endpoint, types: ['like'] })
      expect(await of(anna)).toEqual([same])
      const other = await put(anna, { token: first.token })
      expect(await of(anna)).toEqual([other])
      // The former endpoint is free, and nobody else loses theirs when it is taken.
      const third = await put(anna, { endpoint: first.endpoint })
      expect(await of(anna)).toEqual([other, third])
    })

    test('[V12] an endpoint belongs to whoever registered it last, also to another token of the same user', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const first = await put(anna)
      const kept = await put(anna)
      const taken = await put(bela, { endpoint: first.endpoint })
      expect(await of(anna)).toEqual([kept])
      expect(await of(bela)).toEqual([taken])
      const back = await put(anna, { endpoint: first.endpoint, token: first.token })
      expect(await of(bela)).toEqual([])
      const again = await put(anna, { endpoint: first.endpoint })
      expect(await of(anna)).toEqual([kept, again])
      expect(back.endpoint).toBe(again.endpoint)
    })

    test('[V12] of many that register one endpoint at the same time one has it', async () => {
      const users = await makeUsers(opened.engine.users, 4)
      const endpoint = `https://push.example.org/${++count}`
      await Promise.all(users.map((user) => put(user, { endpoint })))
      const found = await Promise.all(users.map(of))
      expect(found.flat()).toHaveLength(1)
    })

    test(`[V13] of each user the newest ${pushSubscriptionsMax} stay`, async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const other = await put(bela)
      const made: PushSubscription[] = []
      for (let i = 0; i < pushSubscriptionsMax + 2; i++) made.push(await put(anna))
      expect(await of(anna)).toEqual(made.slice(2))
      // One that is put anew is the newest.
      const renewed = await put(anna, { token: made[2]!.token, endpoint: made[2]!.endpoint })
      const last = await put(anna)
      expect(await of(anna)).toEqual([...made.slice(4), renewed, last])
      expect(await of(bela)).toEqual([other])
    })

    test('[V14] one is removed by its token, with an endpoint only while it is that one’s, and never another user’s', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const [one, two] = [await put(anna), await put(anna)]
      await store().remove(anna, one.token, two.endpoint)
      await store().remove(bela, one.token)
      await store().remove(anna, digest())
      expect(await of(anna)).toEqual([one, two])
      await store().remove(anna, one.token, one.endpoint)
      await store().remove(anna, one.token)
      expect(await of(anna)).toEqual([two])
      await store().remove(anna, two.token)
      expect(await of(anna)).toEqual([])
      const again = await put(anna, { token: one.token, endpoint: one.endpoint })
      expect(await of(anna)).toEqual([again])
    })

    test('[V15] all of a user’s are removed, and nobody else’s', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const lost = await put(anna)
      await put(anna)
      const other = await put(bela)
      await store().removeAll(anna)
      await store().removeAll(anna)
      expect(await of(anna)).toEqual([])
      expect(await of(bela)).toEqual([other])
      const taken = await put(bela, { endpoint: lost.endpoint })
      expect(await of(bela)).toEqual([other, taken])
    })

    test('[V11] [V16] they survive a restart, and so does the key by which pushes are signed', async () => {
      const anna = await makeUser(opened.engine.users)
      const one = await put(anna)
      const { pushKey } = opened.engine
      const pair = createECDH('prime256v1')
      pair.setPrivateKey(pushKey, 'base64url')
      expect(publicPushKey(pushKey)).toBe(pair.getPublicKey('base64url'))
      expect(Buffer.from(publicPushKey(pushKey), 'base64url')).toHaveLength(65)
      await opened.reopen()
      expect(await of(anna)).toEqual([one])
      expect(opened.engine.pushKey).toBe(pushKey)
    })

    test('[V16] another installation has another key', async () => {
      const other = await open()
      expect(other.engine.pushKey).not.toBe(opened.engine.pushKey)
      await other.close()
    })
  })
}
