import { check } from '../core/check.ts'
import { type Id, type MessageId, timeOf, type UserId } from '../core/ids.ts'
import { textOf } from '../core/message.ts'
import { Refusal } from '../core/refusal.ts'
import { withNewlines } from '../core/text.ts'
import type { Author, Message } from '../core/wire.ts'
import { idOf } from '../core/wire.ts'
import { type Report, type ReportDecision, ReportWish } from '../core/wire-community.ts'
import type { Clock } from '../ports/clock.ts'
import type { MessageRecord, MessageStore } from '../ports/messages.ts'
import type { ReportRecord, ReportState, ReportStore } from '../ports/reports.ts'
import type { UserStore } from '../ports/users.ts'
import type { NoteAct } from './audit.ts'
import type { Bodies } from './bodies.ts'
import type { CreateOnce } from './create-once.ts'
import type { Present } from './present.ts'
import type { Roles } from './roles.ts'
import type { Visibility } from './visibility.ts'

export interface Reports {
  /**
   * Tells the moderators what `given`, still to be checked, says. Throws `invalid`, `no_such_user`, `no_such_message`, but
   * not where the key has made a report already.
   */
  report(reporter: UserId, given: unknown, key: string | undefined): Promise<Report>
  /** For moderators: newest first. Throws `forbidden`. */
  list(
    moderator: UserId,
    state: ReportState | undefined,
    below: Id,
    length: number,
  ): Promise<{ reports: Report[]; next?: string }>
  /** For moderators. Without a note the former one stays. Throws `forbidden`, `no_such_report`. */
  decide(moderator: UserId, id: Id, decision: ReportDecision): Promise<Report>
}

export function createReports({
  reports,
  messages,
  bodies,
  visibility,
  users,
  allUsers,
  roles,
  noteAct,
  createOnce,
  present,
  clock,
}: {
  reports: ReportStore
  messages: Pick<MessageStore, 'many'>
  bodies: Pick<Bodies, 'many'>
  visibility: Pick<Visibility, 'seen'>
  users: Pick<UserStore, 'many'>
  /** Those who are withdrawn included: moderators see whom they suspended. */
  allUsers: Pick<UserStore, 'many'>
  roles: Roles
  noteAct: NoteAct
  createOnce: CreateOnce
  present: Pick<Present, 'record'>
  clock: Pick<Clock, 'now'>
}): Reports {
  /** What `wish` is about: people who are there, and what they wrote. A block hides nobody from the moderators. */
  async function aim(wish: ReportWish): Promise<Pick<ReportRecord, 'user' | 'message' | 'text'>> {
    const user = wish.user === undefined ? undefined : idOf(wish.user)
    if (user !== undefined) {
      const [record] = await users.many([user])
      if (!record) throw new Refusal('no_such_user', 'There is no user with this id: look for them.', { field: 'user' })
    }
    if (wish.message === undefined) {
      if (user === undefined) {
        throw new Refusal('invalid', 'Say whom or what you report: give `user` or `message`.', { field: 'body' })
      }
      return { user, message: undefined, text: '' }
    }
    const message = idOf(wish.message)
    const [record] = await messages.many([message])
    const [author] = record ? await users.many([record.author]) : []
    if (!record || !author) {
      throw new Refusal('no_such_message', 'There is no such message; it may have been deleted.', { field: 'message' })
    }
    if (user !== undefined && user !== record.author) {
      throw new Refusal('invalid', '`user` did not write `message`: leave one of them out.', { field: 'user' })
    }
    return { user: record.author, message, text: textOf(record.body) }
  }

  /** Nameless where the account is gone. */
  async function authorsOf(ids: readonly UserId[]): Promise<Author[]> {
    const records = await allUsers.many(ids)
    return records.map((record, i) => {
      const { handle, name } = record ?? { handle: '', name: '' }
      return { id: String(ids[i]), handle, name }
    })
  }

  /** The message as it is now, for those who may see it: a block, which hides none from a report, does from whom made that. */
  async function messageFor(reader: UserId, id: MessageId, whole: boolean): Promise<MessageRecord | undefined> {
    const [record] = await messages.many([id])
    if (whole || record === undefined) return record
    return (await visibility.seen(reader, await bodies.many([id]))).length > 0 ? record : undefined
  }

  /** Who reported it sees what became of it, and not what moderators wrote to each other. */
  async function shown(reader: UserId, report: ReportRecord, whole = true): Promise<Report> {
    const { id, reporter, user, message, text, reason, state, note, moderator, changedAt } = report
    const [about, teller, judge] = await authorsOf([user, reporter, moderator])
    const record = message === undefined ? undefined : await messageFor(reader, message, whole)
    const seen = record && { ...(JSON.parse(await present.record(reader, record)) as Message), author: about! }
    return {
      id: String(id),
      state,
      reason,
      reporter: teller!,
      user: about!,
      ...(message !== undefined && { messageID: String(message) }),
      ...(seen && { message: seen }),
      ...(whole && text !== '' && { text }),
      ...(whole && note !== '' && { note }),
      ...(whole &&
        moderator !== 0 && {
          moderator: judge!,
          changedAt: new Date(changedAt).toISOString(),
        }),
      createdAt: new Date(timeOf(id)).toISOString(),
    }
  }

  async function found(id: Id): Promise<ReportRecord> {
    const report = await reports.one(id)
    if (report) return report
    throw new Refusal('no_such_report', 'There is no report with this id: see `GET /reports`.', { field: 'id' })
  }

  return {
    report: (reporter, given, key) =>
      createOnce(reporter, 'report', key, {
        async prepare() {
          const wish = check(ReportWish, given)
          const about = await aim(wish)
          const reason = withNewlines(wish.reason)
          return (id) =>
            reports.add({ id, reporter, ...about, reason, state: 'open', note: '', moderator: 0, changedAt: 0 })
        },
        exists: async (id) => (await reports.one(id)) !== undefined,
        read: async (id) => shown(reporter, await found(id), false),
      }),

    async list(moderator, state, below, length) {
      await roles.mustModerate(moderator)
      const rows = await reports.list(state, below, length + 1)
      const page = await Promise.all(rows.slice(0, length).map((report) => shown(moderator, report)))
      return rows.length > length ? { reports: page, next: page.at(-1)!.id } : { reports: page }
    },

    async decide(moderator, id, { state, note }) {
      await roles.mustModerate(moderator)
      const report = await found(id)
      const kept = note === undefined ? report.note : withNewlines(note)
      await noteAct(moderator, 'report', {
        user: report.user,
        subject: id,
        note: kept === '' ? state : `${state}: ${kept}`,
      })
      await reports.decide(id, { state, note: kept, moderator, changedAt: clock.now() })
      return shown(moderator, await found(id))
    },
  }
}
