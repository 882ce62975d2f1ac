import { signal } from '@preact/signals'

export interface Toast {
  readonly id: number
  readonly text: string
  readonly kind: 'note' | 'problem'
  readonly action?: { readonly text: string; readonly run: () => void }
}

/** Short words at the edge of the page, read out by screen readers; the oldest goes first. */
export const toasts = signal<readonly Toast[]>([])
/** Dialogs that are open: nothing beneath one is seen well, heard or pressed. */
export const dialogs = signal(0)
const toastsMax = 3
/** How long one stays, in milliseconds: problems longer, for there is more to read. */
const staysMs = { note: 4_000, problem: 8_000 }
let last = 0

export function toast(text: string, { kind = 'note', action }: Partial<Pick<Toast, 'kind' | 'action'>> = {}): void {
  const id = ++last
  toasts.value = [...toasts.value, { id, text, kind, ...(action && { action }) }].slice(-toastsMax)
  setTimeout(() => dismiss(id), staysMs[kind])
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((each) => each.id !== id)
}
