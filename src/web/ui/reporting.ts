import { signal } from '@preact/signals'
import type { Author, Original } from '../../sdk/browser.ts'

/** What somebody is about to report: a message, or a person. */
export interface Reported {
  readonly message?: Original
  readonly user?: Author
}

/** What is being reported at the moment: its dialog is open. */
export const reporting = signal<Reported | undefined>(undefined)
