import { fits } from '../core/check.ts'
import type { MessageId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import { frames } from '../core/wire.ts'

/** The frames of the WebSocket (API.md), as text: each begins with its key `event`, `ref` or `error`. */

export function readyFrame(userJson: string, cursor: string): string {
  return `{"event":"ready","user":${userJson},"cursor":"${cursor}"}`
}

/** All of a message's frame but the cursor and `frameEnd`: the part that readers share. */
export function messageFrameStart(json: string): string {
  return `{"event":"message","message":${json},"cursor":"`
}
export const frameEnd = '"}'

export function deletedFrame(id: MessageId): string {
  return `{"event":"deleted","id":"${id}"}`
}

export function notificationFrame(json: string): string {
  return `{"event":"notification","notification":${json}}`
}

export function laggedFrame(cursor: string): string {
  return `{"event":"lagged","cursor":"${cursor}"}`
}

export function movingFrame(afterMs: number): string {
  return `{"event":"moving","after":${afterMs}}`
}

/** By hand, because JavaScript objects sort keys that look like small numbers before all others. */
export function countsJson(ids: readonly MessageId[], counts: readonly number[]): string {
  return `{${ids.map((id, i) => `"${id}":${counts[i]}`).join(',')}}`
}

export function likesFrame(counts: string): string {
  return `{"event":"likes","counts":${counts}}`
}

export function answerFrame(ref: string, result: string): string {
  return `{"ref":${quoted(ref)},"ok":${result}}`
}

/** Without a ref: for what was not a frame of ours. */
export function refusalFrame(refusal: Refusal, ref?: string): string {
  const { code, message: detail, field } = refusal
  const error = JSON.stringify(field === undefined ? { code, detail } : { code, detail, field })
  return ref === undefined ? `{"error":${error}}` : `{"ref":${quoted(ref)},"error":${error}}`
}

const plain = /^[\w .:-]{0,64}$/

/** Whether the text is a ref that stands for itself in JSON. */
export function isPlain(ref: string): boolean {
  return plain.test(ref)
}

function quoted(ref: string): string {
  return isPlain(ref) ? `"${ref}"` : JSON.stringify(ref)
}

/** What a client sent: a JSON object with an `op`, not yet checked further. */
export interface ClientFrame {
  readonly op: string
  readonly ref?: unknown
}

/** Throws `bad_json`, `bad_request`. */
export function parseFrame(text: string): ClientFrame {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refusal('bad_json', 'This frame is not JSON: send one JSON object a text frame.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('bad_request', 'This frame is not a JSON object: send one with `op`.')
  }
  if (typeof (value as ClientFrame).op !== 'string') {
    throw new Refusal('bad_request', 'This frame has no `op`: give a string that names what to do.', { field: 'op' })
  }
  return value as ClientFrame
}

const refSchema = frames.like.properties.ref

/** The frame's ref if it is one that can be echoed. */
export function refOf(frame: ClientFrame): string | undefined {
  const { ref } = frame
  if (typeof ref !== 'string') return undefined
  if (isPlain(ref)) return ref
  return fits(refSchema, ref) ? ref : undefined
}

export function isOp(op: string): op is keyof typeof frames {
  return Object.hasOwn(frames, op)
}
