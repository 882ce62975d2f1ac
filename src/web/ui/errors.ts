import { toast } from '../state/toasts.ts'
import { errorText } from '../words/errors.ts'

export { errorText }

/** Says so at the edge of the page. `what`: what did not happen. */
export function toastError(error: unknown, what?: string): void {
  toast([what, errorText(error)].filter(Boolean).join(' '), { kind: 'problem' })
}
