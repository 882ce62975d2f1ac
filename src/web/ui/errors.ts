import { RookeryError } from '../../sdk/browser.ts'
import { toast } from '../state/toasts.ts'
import { t } from '../words/index.ts'

/** A sentence for people: what went wrong and what to do. */
export function errorText(error: unknown): string {
  if (!(error instanceof RookeryError)) return t('errorInternal')
  switch (error.code) {
    case 'unreachable':
      return t('errorOffline')
    case 'rate_limited':
      return t('errorRateLimited', { count: error.retryAfter ?? 1 })
    case 'unavailable':
    case 'overloaded':
    case 'draining':
      return t('errorUnavailable')
    case 'no_such_user':
    case 'no_such_message':
    case 'not_found':
      return t('errorGone')
    case 'handle_taken':
      return t('errorHandleTaken')
    case 'text_too_long':
      return t('errorTextTooLong')
    case 'text_empty':
      return t('errorTextEmpty')
    case 'too_large':
      return t('errorTooLarge')
    case 'media_quota':
      return t('errorMediaQuota')
    case 'suspended':
      return t('errorSuspended')
    case 'forbidden':
    case 'not_yours':
      return t('errorForbidden')
    case 'disk_full':
      return t('errorDiskFull')
    case 'internal':
      return t('errorInternal')
    default:
      // The server's own sentence says which value and why.
      return error.detail
  }
}

/** Says so at the edge of the page. `what`: what did not happen. */
export function toastError(error: unknown, what?: string): void {
  toast([what, errorText(error)].filter(Boolean).join(' '), { kind: 'problem' })
}
