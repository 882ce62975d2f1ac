import { signal } from '@preact/signals'
import type { Original } from '../../sdk/browser.ts'

/** What is being written in the dialog; `undefined`: it is closed. */
export interface Writing {
  readonly replyTo?: Original
}

export const writing = signal<Writing | undefined>(undefined)

/** Opens the dialog to write in. */
export function writeTo(what: Writing = {}): void {
  writing.value = what
}
