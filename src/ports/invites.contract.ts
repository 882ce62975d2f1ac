import { describe, expect, test } from 'bun:test'
import type { InviteRecord } from './invites.ts'
import { type Open, opening, takeId } from './support.contract.ts'

export function invitesContract(name: string, open: Open<'invites'>): void {
  describe(`${name}: InviteStore`, () => {
    const opened = opening(open)
    const invites = () => opened.engine.invites

    const newInvite = (more: Partial<InviteRecord> = {}): InviteRecord => ({
      id: takeId(),
      secret: '0123456789abcdef0123',
      by: takeId(),
      expiresAt: opened.now() + 3_600_000,
      usedBy: 0,
      usedAt: 0,
      ...more,
    })

    test('[IN1] an invitation is found as it was given, and the same id again changes nothing', async () => {
      const invite = newInvite()
      expect(await invites().one(invite.id)).toBeUndefined()
      await invites().add(invite)
      await invites().add({ ...invite, secret: 'f'.repeat(20) })
      expect(await invites().one(invite.id)).toEqual(invite)
    })

    test('[IN2] it goes only from whoever has it', async () => {
      const [invite, ann, bob] = [newInvite(), takeId(), takeId()]
      expect(await invites().pass(invite.id, 0, ann, 1_000)).toBe(false)
      expect(await invites().one(invite.id)).toBeUndefined()
      await invites().add(invite)
      expect(await invites().pass(invite.id, 0, ann, 1_000)).toBe(true)
      expect(await invites().pass(invite.id, 0, bob, 1_001)).toBe(false)
      expect(await invites().one(invite.id)).toEqual({ ...invite, usedBy: ann, usedAt: 1_000 })
      await invites().add(invite)
      expect(await invites().pass(invite.id, ann, 0, 0)).toBe(true)
      expect(await invites().one(invite.id)).toEqual(invite)
      expect(await invites().pass(invite.id, 0, bob, 1_002)).toBe(true)
      expect(await invites().pass(invite.id, bob, bob, 0)).toBe(true)
      expect(await invites().one(invite.id)).toEqual({ ...invite, usedBy: bob, usedAt: 0 })
    })

    test('[IN2] of many who want it exactly one gets it', async () => {
      const invite = newInvite()
      await invites().add(invite)
      const users = Array.from({ length: 10 }, takeId)
      const got = await Promise.all(users.map((user, i) => invites().pass(invite.id, 0, user, 1_000 + i)))
      expect(got.filter(Boolean)).toHaveLength(1)
      expect((await invites().one(invite.id))!.usedBy).toBe(users[got.indexOf(true)]!)
    })

    test('[IN3] what expired before may go, what did not stays', async () => {
      const [old, young] = [newInvite({ expiresAt: opened.now() + 1_000 }), newInvite()]
      await invites().add(old)
      await invites().add(young)
      await invites().forget(old.expiresAt)
      expect(await invites().one(old.id)).toEqual(old)
      await invites().forget(old.expiresAt + 1)
      expect(await invites().one(old.id)).toBeUndefined()
      expect(await invites().one(young.id)).toEqual(young)
    })

    test('[IN1] [IN2] invitations survive a restart', async () => {
      const [free, used, user] = [newInvite(), newInvite(), takeId()]
      await invites().add(free)
      await invites().add(used)
      await invites().pass(used.id, 0, user, 1_000)
      await opened.reopen()
      expect(await invites().one(free.id)).toEqual(free)
      expect(await invites().one(used.id)).toEqual({ ...used, usedBy: user, usedAt: 1_000 })
    })
  })
}
