import { RookeryError } from '../../sdk/browser.ts'
import { minutes, t, type Word } from './index.ts'

/** What a refusal says of itself; the server's own sentence, which speaks to programs, is no part of it. */
interface Refused {
  readonly code: string
  readonly field?: string | undefined
  /** In seconds. */
  readonly retryAfter?: number | undefined
}

/** A sentence for people: what went wrong and what to do. */
export function errorText(error: unknown): string {
  return error instanceof RookeryError ? refusalText(error) : t('errorInternal')
}

/** The same of a refusal that was kept. */
export function refusalText({ code, field, retryAfter }: Refused): string {
  if (code === 'rate_limited') return rateText(retryAfter ?? 1)
  if (code === 'no_such_message' && field === 'replyTo') return t('errorReplyGone')
  // Of several files it is `media[1]`.
  const wrong = code === 'invalid' && field !== undefined ? byField[field.replace(/\[.*/, '')] : undefined
  return t(wrong ?? byCode[code] ?? 'errorRefused')
}

/** Nobody counts the seconds of minutes, but where it is one. */
const rateText = (seconds: number): string =>
  seconds > 90
    ? t('errorRateLimitedLong', { time: minutes(Math.ceil(seconds / 60)) })
    : t('errorRateLimited', { count: seconds })

type Plain = Exclude<Word, 'errorRateLimited'>
type Sentence = { [W in Plain]: Parameters<typeof t<W>>['length'] extends 1 ? W : never }[Plain]

const byCode: Readonly<Record<string, Sentence>> = {
  unreachable: 'errorOffline',
  unavailable: 'errorUnavailable',
  overloaded: 'errorUnavailable',
  draining: 'errorUnavailable',
  unauthorized: 'sessionEnded',
  bad_request: 'errorCut',
  no_such_user: 'errorGone',
  no_such_message: 'errorGone',
  no_such_media: 'errorGone',
  no_such_report: 'errorGone',
  no_such_session: 'errorGone',
  not_found: 'errorGone',
  handle_taken: 'errorHandleTaken',
  registration_closed: 'registrationClosed',
  text_too_long: 'errorTextTooLong',
  text_empty: 'errorTextEmpty',
  too_large: 'errorTooLarge',
  media_quota: 'errorMediaQuota',
  suspended: 'errorSuspended',
  forbidden: 'errorForbidden',
  not_yours: 'errorForbidden',
  disk_full: 'errorDiskFull',
  outbox_full: 'errorOutboxFull',
  internal: 'errorInternal',
}

/** What is wrong where a value is `invalid`. */
const byField: Readonly<Record<string, Sentence>> = {
  file: 'fileBroken',
  media: 'errorMediaUsed',
  avatar: 'notAPicture',
  query: 'errorSearch',
  handle: 'handleWrong',
  password: 'errorPassword',
  invite: 'errorInvite',
  text: 'errorWriting',
  name: 'errorWriting',
  bio: 'errorWriting',
  description: 'errorWriting',
  reason: 'errorWriting',
  note: 'errorWriting',
  id: 'errorPerson',
}
