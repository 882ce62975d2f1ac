import { describe, expect, test } from 'bun:test'
import { idMax } from '../core/ids.ts'
import { type AuditEntry, acts } from './audit.ts'
import { type Open, opening, takeId } from './support.contract.ts'

export function auditContract(name: string, open: Open<'audit'>): void {
  describe(`${name}: AuditLog`, () => {
    const opened = opening(open)
    const audit = () => opened.engine.audit

    const newEntry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
      id: takeId(),
      actor: 0,
      act: 'suspend',
      user: takeId(),
      subject: 0,
      note: 'Spam\n🦜',
      ...more,
    })

    test('[AU1] [AU2] acts are listed as they were given, newest first, in pages', async () => {
      const made = acts.map((act) => newEntry({ act, actor: takeId(), subject: takeId() }))
      for (const entry of made) await audit().add(entry)
      const newest = made.toReversed()
      expect((await audit().list(idMax, 1_000)).slice(0, made.length)).toEqual(newest)
      expect(await audit().list(idMax, 3)).toEqual(newest.slice(0, 3))
      expect(await audit().list(newest[2]!.id, 2)).toEqual(newest.slice(3, 5))
      expect(await audit().list(1, 10)).toEqual([])
    })

    test('[AU1] the same id again changes nothing', async () => {
      const entry = newEntry()
      await audit().add(entry)
      await audit().add({ ...entry, note: 'another', actor: takeId() })
      expect((await audit().list(entry.id + 1, 1))[0]).toEqual(entry)
    })

    test('[AU1] the log survives a restart', async () => {
      const entry = newEntry()
      await audit().add(entry)
      await opened.reopen()
      expect((await audit().list(entry.id + 1, 1))[0]).toEqual(entry)
    })
  })
}
