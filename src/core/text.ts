import {
  bioLengthMax,
  handleLengthMax,
  nameLengthMax,
  passwordBytesMax,
  passwordLengthMin,
  reasonLengthMax,
  textBytesMax,
} from './limits.ts'
import type { RefusalCode } from './refusal.ts'

/** What is wrong with a value that somebody wrote; `detail` goes on from the field's name: "must be …". */
export interface Fault {
  readonly code: RefusalCode
  readonly detail: string
}

/** Undefined when the value is acceptable. */
export type Rule = (value: string) => Fault | undefined

/** Cc is exactly what API.md calls control characters: C0, DEL and C1. */
const control = /\p{Cc}/u
const controlButLines = /(?![\n\t])\p{Cc}/u

const invalid = (detail: string): Fault => ({ code: 'invalid', detail })
const broken = invalid('holds half of a surrogate pair: send well-formed Unicode')

/** One line of text: no control character, no lone surrogate. */
export function lineFault(value: string): Fault | undefined {
  if (!value.isWellFormed()) return broken
  return control.test(value) ? invalid('holds a control character: leave it out') : undefined
}

/** Text of several lines: newline and tab are fine, CR LF counts as newline. */
export function linesFault(value: string): Fault | undefined {
  if (!value.isWellFormed()) return broken
  return controlButLines.test(withNewlines(value))
    ? invalid('holds a control character other than newline and tab: leave it out')
    : undefined
}

/** Bytes of UTF-8. */
export function byteLength(value: string): number {
  return Buffer.byteLength(value)
}

/** CR LF becomes newline, as everywhere that text is kept. */
export function withNewlines(value: string): string {
  return value.includes('\r\n') ? value.replaceAll('\r\n', '\n') : value
}

/** A message's text, whose emptiness depends on what else the message has. Bytes are counted as they will be kept. */
export function textFault(value: string): Fault | undefined {
  const fault = linesFault(value)
  if (fault) return fault
  const bytes = byteLength(withNewlines(value))
  return bytes > textBytesMax
    ? { code: 'text_too_long', detail: `has ${bytes} bytes of UTF-8; ${textBytesMax} is the most: shorten it` }
    : undefined
}

export function bioFault(value: string): Fault | undefined {
  return linesFault(value) ?? longerThan(withNewlines(value), bioLengthMax)
}

/** What is written beside a decision; it may be empty. */
export function noteFault(value: string): Fault | undefined {
  return linesFault(value) ?? longerThan(withNewlines(value), reasonLengthMax)
}

/** Why something is reported, or somebody suspended. */
export function reasonFault(value: string): Fault | undefined {
  return value.trim() === '' ? invalid('must say why, in a few words') : noteFault(value)
}

export function nameFault(value: string): Fault | undefined {
  if (value.trim() === '') return invalid(`must be a name of 1 to ${nameLengthMax} characters`)
  return lineFault(value) ?? longerThan(value, nameLengthMax)
}

const handlePattern = new RegExp(`^[A-Za-z0-9_]{1,${handleLengthMax}}$`)

export function handleFault(value: string): Fault | undefined {
  return handlePattern.test(value)
    ? undefined
    : invalid(`must be 1 to ${handleLengthMax} of the characters A–Z, a–z, 0–9 and _`)
}

/** A handle as it is kept. Only ASCII letters fold: a handle has no others. */
export function foldHandle(handle: string): string {
  return handle.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())
}

/** A password for a new account: its length in code points, its bound in bytes. */
export function newPasswordFault(value: string): Fault | undefined {
  if (codePoints(value, passwordLengthMin) < passwordLengthMin) {
    return invalid(`must have ${passwordLengthMin} characters or more`)
  }
  return passwordFault(value)
}

/** A password that someone tries: too short is simply wrong. */
export function passwordFault(value: string): Fault | undefined {
  const fault = lineFault(value)
  if (fault) return fault
  return byteLength(value) > passwordBytesMax
    ? invalid(`must have ${passwordBytesMax} bytes of UTF-8 or fewer`)
    : undefined
}

/** The fault of having more than `most` characters, which are code points. */
export function longerThan(value: string, most: number): Fault | undefined {
  return codePoints(value, most) > most ? invalid(`must have ${most} characters or fewer`) : undefined
}

/** The code points of `value`, counted no further than just past `enough`. */
function codePoints(value: string, enough: number): number {
  let count = 0
  for (const _ of value) if (++count > enough) break
  return count
}
