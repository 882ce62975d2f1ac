import { type MessageId, timeOf, type UserId } from './ids.ts'
import { type Medium, mediaObject } from './media.ts'

/** What people have made of a message. */
export interface MessageCounts {
  readonly likes: number
  readonly boosts: number
  readonly replies: number
}

export interface Mention {
  readonly id: UserId
  readonly handle: string
}

/** The message that another one answers or boosts. */
export interface Link {
  readonly kind: 'reply' | 'boost'
  readonly message: MessageId
}

/**
 * A message is serialised once, into the part of its JSON that is the same for every reader: everything but author,
 * counts and `you`. It is stored, cached and sent as it is; `composeMessage` puts the rest around it. What it answers
 * stands before the text, where `linkOf` finds it.
 */
export function messageBody(
  id: MessageId,
  text: string,
  {
    replyTo,
    mentions = [],
    media = [],
  }: { replyTo?: MessageId | undefined; mentions?: readonly Mention[]; media?: readonly Medium[] } = {},
): string {
  const link = replyTo === undefined ? '' : `"replyTo":"${replyTo}",`
  const named =
    mentions.length === 0 ? '' : mentions.map(({ id, handle }) => `{"id":"${id}","handle":"${handle}"}`).join()
  const shown = media.length === 0 ? noMedia : `"media":${JSON.stringify(media.map(mediaObject))}`
  return `"id":"${id}",${link}"text":${JSON.stringify(text)},"createdAt":"${createdAt(id)}",${shown},"mentions":[${named}]`
}

const noMedia = '"media":[]'
/** As it stands in a body: quotes of a text are escaped, so that none holds it. */
const someMedia = '"media":[{'

/** The ids of the media that the message shows; none in most. */
export function mediaOf(body: string): string[] {
  if (!body.includes(someMedia)) return []
  return (JSON.parse(`{${body}}`) as { media: { id: string }[] }).media.map(({ id }) => id)
}

/** The body of a boost: it names what it boosts, in whose place `boostShown` puts the message itself. */
export function boostBody(id: MessageId, original: MessageId): string {
  return `"id":"${id}","boostOf":"${original}","text":"","createdAt":"${createdAt(id)}","media":[],"mentions":[]`
}

function createdAt(id: MessageId): string {
  return new Date(timeOf(id)).toISOString()
}

const link = /^"(replyTo|boostOf)":"([0-9]+)"/

/** What the message answers or boosts; undefined for most. It looks no further than the first two members. */
export function linkOf(body: string): Link | undefined {
  const second = body.indexOf(',') + 1
  // 116: the t of "text".
  if (second === 0 || body.charCodeAt(second + 1) === 116) return undefined
  const found = link.exec(body.slice(second, second + 32))
  return found ? { kind: found[1] === 'replyTo' ? 'reply' : 'boost', message: Number(found[2]) } : undefined
}

const boostMember = '"boostOf":'

const mentionsMember = '"mentions":'
const noMentions = `${mentionsMember}[]`

/** Whom the message names; nobody in most, which its last bytes say. */
export function mentionsOf(body: string): readonly UserId[] {
  if (body.endsWith(noMentions)) return nobody
  const from = body.lastIndexOf(mentionsMember)
  // None that `messageBody` made.
  if (from < 0) return nobody
  const named = JSON.parse(body.slice(from + mentionsMember.length)) as { id: string }[]
  return named.map(({ id }) => Number(id))
}
const nobody: readonly UserId[] = []

/** A boost's body with the JSON of what it boosts in place of its id. */
export function boostShown(body: string, original: string): string {
  const from = body.indexOf(boostMember) + boostMember.length
  return body.slice(0, from) + original + body.slice(body.indexOf(',', from))
}

/** The whole `Message` object of API.md. `author` is a JSON object, `counts` and `you` are lists of JSON members. */
export function composeMessage(body: string, author: string, counts: string, you: string): string {
  return `{${body},"author":${author},${counts},${you}}`
}

export const youNeither = '"you":{"liked":false,"boosted":false}'
const youLiked = '"you":{"liked":true,"boosted":false}'
const youBoosted = '"you":{"liked":false,"boosted":true}'
const youBoth = '"you":{"liked":true,"boosted":true}'

export function youJson(liked: boolean, boosted: boolean): string {
  if (liked) return boosted ? youBoth : youLiked
  return boosted ? youBoosted : youNeither
}

export const noCounts: MessageCounts = { likes: 0, boosts: 0, replies: 0 }

export function countsJson({ likes, boosts, replies }: MessageCounts): string {
  return `"likes":${likes},"boosts":${boosts},"replies":${replies}`
}

interface Cuttable {
  text: string
  boostOf?: string | Cuttable
  truncated?: boolean
}

/** The text out of a body. */
export function textOf(body: string): string {
  return (JSON.parse(`{${body}}`) as { text: string }).text
}

/**
 * The body with its text cut to `preview` code points and `"truncated":true`, or as it is when the text is not longer; of a
 * boost that is shown, the text of what it boosts.
 */
export function cutBody(body: string, preview: number): string {
  const message = JSON.parse(`{${body}}`) as Cuttable
  const { boostOf } = message
  const worded = typeof boostOf === 'object' ? boostOf : message
  if (worded.text.length <= preview) return body
  const points = Array.from(worded.text)
  if (points.length <= preview) return body
  const cut = { ...worded, text: points.slice(0, preview).join(''), truncated: true }
  return JSON.stringify(worded === message ? cut : { ...message, boostOf: cut }).slice(1, -1)
}
