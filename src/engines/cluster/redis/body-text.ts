import type { MessageId } from '../../../core/ids.ts'
import { sharedBodyLengthMax } from '../../../core/limits.ts'
import type { MessageRecord } from '../../../ports/messages.ts'

/** What every text at a key of bodies begins with, its blank included. */
export type GenerationText = `${string} `

/** Base 36: shorter than digits. Texts, not bytes: Bun's client decodes what MGET answers as UTF-8. */
export const generationText = (generation: number): GenerationText => `${generation.toString(36)} `

/** Generation, author and body, each after a blank. Empty where nothing is to be shared. */
export function toText(record: MessageRecord | undefined, generation: GenerationText): string {
  if (record === undefined || record.body.length > sharedBodyLengthMax) return ''
  return `${generation}${record.author.toString(36)} ${record.body}`
}

/** The body, where the text is one of this generation: no lease (`?…`), nor of another. */
export function fromText(
  text: string | null | undefined,
  id: MessageId,
  generation: GenerationText,
): MessageRecord | undefined {
  if (!text?.startsWith(generation) || text[generation.length] === '?') return undefined
  const end = text.indexOf(' ', generation.length)
  if (end < 0) return undefined
  return { id, author: Number.parseInt(text.slice(generation.length, end), 36), body: text.slice(end + 1) }
}
