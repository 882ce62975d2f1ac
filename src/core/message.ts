import { type MessageId, timeOf } from './ids.ts'

/**
 * A message is serialised once, into the part of its JSON that is the same for every reader: everything but author,
 * counts and `you`. It is stored, cached and sent as it is; `composeMessage` puts the rest around it.
 */
export function messageBody(id: MessageId, text: string): string {
  return `"id":"${id}","text":${JSON.stringify(text)},"createdAt":"${new Date(timeOf(id)).toISOString()}","media":[],"mentions":[]`
}

/** The whole `Message` object of API.md. `author` is a JSON object, `counts` and `you` are lists of JSON members. */
export function composeMessage(body: string, author: string, counts: string, you: string): string {
  return `{${body},"author":${author},${counts},${you}}`
}

export const youNeither = '"you":{"liked":false,"boosted":false}'
export const youLiked = '"you":{"liked":true,"boosted":false}'

export function countsJson(likes: number): string {
  return `"likes":${likes},"boosts":0,"replies":0`
}

/** The body with its text cut to `preview` code points and `"truncated":true`, or as it is when the text is not longer. */
export function cutBody(body: string, preview: number): string {
  const message = JSON.parse(`{${body}}`) as { text: string }
  if (message.text.length <= preview) return body
  const points = Array.from(message.text)
  if (points.length <= preview) return body
  const cut = { ...message, text: points.slice(0, preview).join(''), truncated: true }
  return JSON.stringify(cut).slice(1, -1)
}
