import { describe, expect, test } from 'bun:test'
import { idMax } from '../core/ids.ts'
import type { ReportRecord } from './reports.ts'
import { type Open, opening, takeId } from './support.contract.ts'

export function reportsContract(name: string, open: Open<'reports'>): void {
  describe(`${name}: ReportStore`, () => {
    const opened = opening(open)
    const reports = () => opened.engine.reports

    const newReport = (more: Partial<ReportRecord> = {}): ReportRecord => ({
      id: takeId(),
      reporter: takeId(),
      user: takeId(),
      message: undefined,
      text: '',
      reason: 'Line 1\nLine 2 “quoted” 🦜',
      state: 'open',
      note: '',
      moderator: 0,
      changedAt: 0,
      ...more,
    })

    test('[RE1] a report is found as it was given, and the same id again changes nothing', async () => {
      const [one, other] = [newReport(), newReport({ message: takeId(), text: 'What it said.\n🦜' })]
      await Promise.all([reports().add(one), reports().add(other)])
      expect(await reports().one(one.id)).toEqual(one)
      expect(await reports().one(other.id)).toEqual(other)
      expect(await reports().one(takeId())).toBeUndefined()
      await reports().add({ ...one, reason: 'another', text: 'else', message: takeId() })
      expect(await reports().one(one.id)).toEqual(one)
    })

    test('[RE2] a decision changes state and note, and nothing else', async () => {
      const report = newReport()
      const decision = { state: 'resolved', note: 'Spoke to them.', moderator: takeId(), changedAt: 1_000 } as const
      expect(await reports().decide(report.id, decision)).toBe(false)
      expect(await reports().one(report.id)).toBeUndefined()
      await reports().add(report)
      expect(await reports().decide(report.id, decision)).toBe(true)
      expect(await reports().one(report.id)).toEqual({ ...report, ...decision })
      await reports().add(report)
      expect(await reports().one(report.id)).toEqual({ ...report, ...decision })
      const again = { state: 'open', note: '', moderator: takeId(), changedAt: 2_000 } as const
      expect(await reports().decide(report.id, again)).toBe(true)
      expect(await reports().one(report.id)).toEqual({ ...report, ...again })
    })

    test('[RE2] of decisions at the same time one wins as a whole', async () => {
      const report = newReport()
      await reports().add(report)
      const decisions = Array.from({ length: 8 }, (_, i) => {
        const state = i % 2 === 0 ? ('resolved' as const) : ('dismissed' as const)
        return { state, note: `note ${i}`, moderator: takeId(), changedAt: 1_000 + i }
      })
      await Promise.all(decisions.map((decision) => reports().decide(report.id, decision)))
      const { state, note, moderator, changedAt } = (await reports().one(report.id))!
      expect(decisions).toContainEqual({ state, note, moderator, changedAt } as never)
    })

    test('[RE3] lists are newest first, by state, in pages', async () => {
      const made = Array.from({ length: 7 }, () => newReport({ reason: 'in the list' }))
      for (const report of made) await reports().add(report)
      const decision = { state: 'dismissed', note: '', moderator: takeId(), changedAt: 1 } as const
      const dismissed = [made[1]!, made[4]!]
      for (const { id } of dismissed) await reports().decide(id, decision)
      const mine = (found: readonly ReportRecord[]) => found.filter((one) => one.reason === 'in the list')
      const newest = made.map(({ id }) => id).toReversed()
      expect(mine(await reports().list(undefined, idMax, 1_000)).map(({ id }) => id)).toEqual(newest)
      expect(mine(await reports().list('dismissed', idMax, 1_000)).map(({ id }) => id)).toEqual(
        dismissed.map(({ id }) => id).toReversed(),
      )
      const open = newest.filter((id) => !dismissed.some((one) => one.id === id))
      expect((await reports().list('open', idMax, 3)).map(({ id }) => id)).toEqual(open.slice(0, 3))
      expect((await reports().list('open', open[2]!, 2)).map(({ id }) => id)).toEqual(open.slice(3))
      expect((await reports().list(undefined, made[3]!.id, 2)).map(({ id }) => id)).toEqual([made[2]!.id, made[1]!.id])
      expect(await reports().list('open', 1, 10)).toEqual([])
    })

    test('[RE1] [RE2] reports survive a restart', async () => {
      const [one, decided] = [newReport(), newReport()]
      await reports().add(one)
      await reports().add(decided)
      const decision = { state: 'resolved', note: 'kept', moderator: takeId(), changedAt: 5 } as const
      await reports().decide(decided.id, decision)
      await opened.reopen()
      expect(await reports().one(one.id)).toEqual(one)
      expect(await reports().one(decided.id)).toEqual({ ...decided, ...decision })
    })
  })
}
