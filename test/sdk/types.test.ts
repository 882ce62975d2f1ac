import { expect, test } from 'bun:test'
import type { Static, TSchema } from 'typebox'
import type { NotificationType } from '../../src/core/notification-types.ts'
import type { RefusalCode } from '../../src/core/refusal.ts'
import type * as wire from '../../src/core/wire.ts'
import type * as community from '../../src/core/wire-community.ts'
import type * as operations from '../../src/core/wire-operations.ts'
import type * as sdk from '../../src/sdk/types.ts'

/** The type written out, so that two that mean the same are the same; `a?: T | undefined` counts as `a?: T`. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { [Key in keyof T]: Plain<Exclude<T[Key], undefined>> }
    : T

/** `true` where both are the same type to the letter; else no value has this type, and the types do not check. */
type Same<A, B> =
  (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2
    ? true
    : { of: Plain<A>; is: Plain<B> }

/** The schema makes its types of a list at run time, where the compiler cannot look. */
type WireNotification = Omit<wire.Notification, 'type'> & { type: NotificationType }

type Of<S extends TSchema> = Static<S>

test('the types of the SDK are those that the server checks and answers with (the group `types` holds it)', () => {
  const objects: [
    Same<sdk.Relation, wire.Relation>,
    Same<sdk.User, wire.User>,
    Same<sdk.Me, wire.Me>,
    Same<sdk.Author, wire.Author>,
    Same<sdk.Media, Of<typeof wire.Media>>,
    Same<sdk.Message, wire.Message>,
    Same<sdk.Notification, WireNotification>,
    Same<sdk.Report, community.Report>,
    Same<sdk.Suspension, community.Suspension>,
    Same<sdk.Invite, community.Invite>,
  ] = [true, true, true, true, true, true, true, true, true, true]

  const requests: [
    Same<sdk.SignUp, wire.SignUp>,
    Same<sdk.LogIn, wire.LogIn>,
    Same<sdk.ProfileChange, wire.ProfileChange>,
    Same<sdk.Draft, wire.Send>,
    Same<sdk.Page, wire.ListQuery>,
    Same<sdk.TimelinePage, wire.Fetch>,
    Same<sdk.ReportWish, community.ReportWish>,
    Same<sdk.ReportDecision, community.ReportDecision>,
  ] = [true, true, true, true, true, true, true, true]

  const answers: [
    Same<sdk.SignedIn, Of<typeof wire.SignedIn>>,
    Same<sdk.SessionList, Of<typeof wire.SessionList>>,
    Same<sdk.UserList, Of<typeof wire.UserList>>,
    Same<sdk.MessageList, Of<typeof wire.MessageList>>,
    Same<sdk.Timeline, Of<typeof wire.Timeline>>,
    Same<sdk.Liked, wire.Liked>,
    Same<sdk.NotificationList, { notifications: WireNotification[]; next?: string }>,
    Same<sdk.Unread, Of<typeof wire.Unread>>,
    Same<sdk.ReportList, Of<typeof community.ReportList>>,
    Same<sdk.Installation, operations.Installation>,
  ] = [true, true, true, true, true, true, true, true, true, true]

  const codes: Same<sdk.RefusalCode, RefusalCode> = true

  expect([...objects, ...requests, ...answers, codes]).not.toContain(false)
})
