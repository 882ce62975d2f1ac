import { signal } from '@preact/signals'
import type { Original } from '../../sdk/browser.ts'
import type { Upload } from './uploads.ts'

/** What is being written in the dialog; `undefined`: it is closed. */
export interface Writing {
  readonly replyTo?: Original
  /** Files that go along from the beginning. */
  readonly attached?: readonly Upload[]
  /** What the writer is told first. */
  readonly note?: string
}

export const writing = signal<Writing | undefined>(undefined)

/** Opens the dialog to write in. */
export function writeTo(what: Writing = {}): void {
  writing.value = what
}
