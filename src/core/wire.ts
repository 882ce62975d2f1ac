import { type Static, type TProperties, type TSchema, Type } from 'typebox'
import { ruled } from './check.ts'
import { type Id, parseId } from './ids.ts'
import {
  bioLengthMax,
  cursorLengthMax,
  idempotencyKeyLengthMax,
  mediaDescriptionLengthMax,
  nameLengthMax,
  pageLengthMax,
  queryLengthMax,
  refLengthMax,
  searchLengthMax,
  searchWordsMax,
  textBytesMax,
  watchIdsMax,
} from './limits.ts'
import { isMediaId } from './media.ts'
import { notificationTypes } from './notification-types.ts'
import { refusals } from './refusal.ts'
import {
  bioFault,
  type Fault,
  handleFault,
  lineFault,
  linesFault,
  longerThan,
  nameFault,
  newPasswordFault,
  passwordFault,
  textFault,
  withNewlines,
} from './text.ts'
import { searchedWords } from './words.ts'

/**
 * Every object, request and answer of API.md as one schema each, from which its type and its check come. Descriptions
 * go on from "must be": a refusal quotes them. A property that is not named here is ignored.
 */

// --- words ---

function idFault(value: string): Fault | undefined {
  return parseId(value) === undefined
    ? { code: 'invalid', detail: 'must be an id: 1 to 16 decimal digits without a leading zero, below 2^53' }
    : undefined
}

export const idText = ruled(idFault, 'an id: a string of decimal digits')

/** Whether it is a picture of one's own is looked up. */
function avatarFault(value: string): Fault | undefined {
  return value === '' || isMediaId(value)
    ? undefined
    : { code: 'invalid', detail: 'must be an id that `POST /media` gave, or empty for no picture' }
}

/** The number behind an id that was checked. */
export function idOf(text: string): Id {
  const id = parseId(text)
  if (id === undefined) throw new Error('an id was used before it was checked')
  return id
}

export const time = Type.String({ description: 'a time: ISO 8601, UTC' })
const count = Type.Integer({ minimum: 0, description: 'a count' })
const flag = Type.Boolean({ description: 'true or false' })

/** Opaque words that a server gave: cursors and the `next` of a list. */
const opaque = ruled(
  (value) =>
    value === '' || value.length > cursorLengthMax
      ? { code: 'invalid', detail: 'must be given back as an earlier answer had it' }
      : lineFault(value),
  'a string out of an earlier answer',
)

const length = Type.Integer({
  minimum: 1,
  maximum: pageLengthMax,
  description: `a whole number from 1 to ${pageLengthMax}`,
})

/** Any line of text: over the socket nothing binds it to what a header can carry. */
export const IdempotencyKey = ruled(
  (value) =>
    value === ''
      ? { code: 'invalid', detail: `must have 1 to ${idempotencyKeyLengthMax} characters` }
      : (lineFault(value) ?? longerThan(value, idempotencyKeyLengthMax)),
  `a string of 1 to ${idempotencyKeyLengthMax} characters`,
)

// --- objects ---

/** How the asker stands to a user. */
export const Relation = Type.Object({
  following: flag,
  followedBy: flag,
  notify: flag,
  muted: flag,
  blocked: flag,
})
export type Relation = Static<typeof Relation>

export const User = Type.Object({
  id: idText,
  handle: Type.String(),
  name: Type.String(),
  bio: Type.String(),
  avatar: Type.Optional(Type.String()),
  followers: count,
  following: count,
  messages: count,
  createdAt: time,
  you: Type.Optional(Relation),
})
export type User = Static<typeof User>

/** Oneself: `GET /users/me`. */
export const Me = Type.Object({
  ...User.properties,
  unread: count,
  role: Type.Union([Type.Literal('user'), Type.Literal('moderator'), Type.Literal('admin')]),
})
export type Me = Static<typeof Me>

export const Author = Type.Object({
  id: idText,
  handle: Type.String(),
  name: Type.String(),
  avatar: Type.Optional(Type.String()),
})
export type Author = Static<typeof Author>

export const Media = Type.Object({
  id: Type.String(),
  type: Type.Union([Type.Literal('image'), Type.Literal('video'), Type.Literal('audio'), Type.Literal('file')]),
  url: Type.String(),
  previewUrl: Type.Optional(Type.String()),
  width: Type.Optional(count),
  height: Type.Optional(count),
  duration: Type.Optional(Type.Number({ minimum: 0 })),
  blurhash: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  bytes: count,
})
export type Media = Static<typeof Media>

const messageProperties = {
  id: idText,
  author: Author,
  text: Type.String(),
  createdAt: time,
  replyTo: Type.Optional(idText),
  media: Type.Array(Media),
  mentions: Type.Array(Type.Object({ id: idText, handle: Type.String() })),
  likes: count,
  boosts: count,
  replies: count,
  truncated: Type.Optional(flag),
  you: Type.Optional(Type.Object({ liked: flag, boosted: flag })),
}

/** What a boost boosts is never a boost. */
export const Message = Type.Object({
  ...messageProperties,
  boostOf: Type.Optional(Type.Object(messageProperties)),
})
export type Message = Static<typeof Message>

/** `others`: how many more like, boost or follow. */
export const Notification = Type.Object({
  id: idText,
  type: Type.Union(notificationTypes.map((type) => Type.Literal(type))),
  user: Author,
  message: Type.Optional(Message),
  others: Type.Optional(count),
  read: flag,
  createdAt: time,
})
export type Notification = Static<typeof Notification>

/** RFC 9457; over a socket only `code`, `detail` and `field`. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  code: Type.Union(Object.keys(refusals).map((code) => Type.Literal(code))),
  detail: Type.String({ minLength: 1 }),
  field: Type.Optional(Type.String({ minLength: 1 })),
})

// --- requests, each with an example; over a socket the same properties stand beside `op` ---

export const SignUp = Type.Object(
  {
    handle: ruled(handleFault, 'a string of 1 to 30 of the characters A–Z, a–z, 0–9 and _'),
    password: ruled(newPasswordFault, 'a string of 8 characters or more'),
    name: Type.Optional(ruled(nameFault, `a string of 1 to ${nameLengthMax} characters`)),
    invite: Type.Optional(ruled(lineFault, "an invitation's code: a string")),
  },
  { examples: [{ handle: 'ada', password: 'correct horse battery', name: 'Ada Lovelace' }] },
)
export type SignUp = Static<typeof SignUp>

export const LogIn = Type.Object(
  {
    handle: ruled(lineFault, 'a string'),
    password: ruled(passwordFault, 'a string'),
  },
  { examples: [{ handle: 'ada', password: 'correct horse battery' }] },
)
export type LogIn = Static<typeof LogIn>

export const ProfileChange = Type.Object(
  {
    name: Type.Optional(ruled(nameFault, `a string of 1 to ${nameLengthMax} characters`)),
    bio: Type.Optional(ruled(bioFault, `a string of at most ${bioLengthMax} characters`)),
    avatar: Type.Optional(ruled(avatarFault, "a medium's id, or an empty string for no picture")),
  },
  { examples: [{ name: 'Ada', bio: 'Numbers and engines' }] },
)
export type ProfileChange = Static<typeof ProfileChange>

export const Follow = Type.Object({ notify: Type.Optional(flag) }, { examples: [{ notify: true }] })

/** What is said of a medium to those who do not see it. */
export const MediaDescription = ruled(
  (value) => linesFault(value) ?? longerThan(withNewlines(value), mediaDescriptionLengthMax),
  `a string of at most ${mediaDescriptionLengthMax} characters`,
)

/** The form of an upload, as far as JSON Schema can say it. */
export const Upload = Type.Object(
  {
    file: Type.String({ description: 'the file', contentMediaType: 'application/octet-stream' }),
    description: Type.Optional(MediaDescription),
  },
  { description: 'A form of two fields', examples: [{ file: '…', description: 'A gull on a chimney' }] },
)

/** `text` may be absent or empty as far as the schema goes: with media or as a boost it is. */
export const Send = Type.Object(
  {
    text: Type.Optional(ruled(textFault, `a string of at most ${textBytesMax} bytes of UTF-8`)),
    userID: Type.Optional(idText),
    replyTo: Type.Optional(idText),
    media: Type.Optional(
      Type.Array(ruled(lineFault, "a medium's id: a string"), { description: 'a list of the ids of media' }),
    ),
    boostOf: Type.Optional(idText),
  },
  { examples: [{ text: 'Hello, Rookery' }] },
)
export type Send = Static<typeof Send>

export const Fetch = Type.Object({
  userID: Type.Optional(idText),
  length: Type.Optional(length),
  since: Type.Optional(opaque),
  before: Type.Optional(opaque),
  preview: Type.Optional(Type.Integer({ minimum: 0, description: 'a whole number of code points, 0 or more' })),
})
export type Fetch = Static<typeof Fetch>

/** Notifications up to this id count as read. */
export const Read = Type.Object({ upTo: idText }, { examples: [{ upTo: '1' }] })
export type Read = Static<typeof Read>

/** The query of any list. */
export const ListQuery = Type.Object({ length: Type.Optional(length), before: Type.Optional(opaque) })
export type ListQuery = Static<typeof ListQuery>

export const UsersQuery = Type.Object({
  query: ruled(
    (value) =>
      value === '' || value.length > queryLengthMax
        ? { code: 'invalid', detail: `must have 1 to ${queryLengthMax} characters` }
        : lineFault(value),
    'the beginning of a handle or a name',
  ),
  ...ListQuery.properties,
})
export type UsersQuery = Static<typeof UsersQuery>

export const SearchQuery = Type.Object({
  query: ruled(searchFault, 'words to look for'),
  ...ListQuery.properties,
})
export type SearchQuery = Static<typeof SearchQuery>

function searchFault(value: string): Fault | undefined {
  const invalid = (detail: string): Fault => ({ code: 'invalid', detail })
  if (value === '' || value.length > searchLengthMax) return invalid(`must have 1 to ${searchLengthMax} characters`)
  const fault = lineFault(value)
  if (fault) return fault
  const words = searchedWords(value).size
  if (words === 0) return invalid('must hold a word, of letters or digits')
  return words > searchWordsMax
    ? invalid(`must hold ${searchWordsMax} different words or fewer, not ${words}`)
    : undefined
}

// --- answers ---

export const SignedIn = Type.Object({ user: User, token: Type.String({ minLength: 43, maxLength: 43 }) })
export const SessionList = Type.Object({
  sessions: Type.Array(Type.Object({ id: idText, createdAt: time, name: Type.Optional(Type.String()), current: flag })),
})
export type SessionList = Static<typeof SessionList>
export const UserList = Type.Object({ users: Type.Array(User), next: Type.Optional(Type.String()) })
export const MessageList = Type.Object({ messages: Type.Array(Message), next: Type.Optional(Type.String()) })
export const Timeline = Type.Object({
  messages: Type.Array(Message),
  cursor: Type.Optional(Type.String()),
  more: flag,
  next: Type.Optional(Type.String()),
  deleted: Type.Optional(Type.Array(idText)),
})
export const Liked = Type.Object({ liked: flag, likes: count })
export type Liked = Static<typeof Liked>
export const NotificationList = Type.Object({
  notifications: Type.Array(Notification),
  next: Type.Optional(Type.String()),
})
export const Unread = Type.Object({ unread: count })
export const Health = Type.Object({ status: Type.Literal('ok') })
export const Readiness = Type.Object({
  status: Type.Literal('ok'),
  degraded: Type.Optional(Type.Array(Type.String())),
  unsafe: Type.Optional(Type.Array(Type.String())),
})

// --- frames of the WebSocket, client to server ---

export const ref = ruled(
  (value) => lineFault(value) ?? longerThan(value, refLengthMax),
  `a string of at most ${refLengthMax} characters`,
)

export const HelloFrame = Type.Object(
  {
    op: Type.Literal('hello'),
    token: Type.Optional(ruled(lineFault, 'a string')),
    since: Fetch.properties.since,
    preview: Fetch.properties.preview,
  },
  { description: 'The first frame: who connects, and from which cursor on' },
)
export type HelloFrame = Static<typeof HelloFrame>

const onMessage = { ref, id: idText }

function frame<Op extends string, P extends TProperties>(op: Op, description: string, properties: P) {
  return Type.Object({ op: Type.Literal(op), ...properties }, { description })
}

/** One schema for each `op` that a socket may send after its hello, with what it does. */
export const frames = {
  send: frame('send', 'Publishes a message', { ref, key: Type.Optional(IdempotencyKey), ...Send.properties }),
  fetch: frame('fetch', 'Reads the home timeline', { ref, ...Fetch.properties }),
  like: frame('like', 'Likes a message', onMessage),
  unlike: frame('unlike', 'Takes a like back', onMessage),
  follow: frame('follow', 'Follows a user', { ref, id: idText, ...Follow.properties }),
  unfollow: frame('unfollow', 'Ends following a user', { ref, id: idText }),
  read: frame('read', 'Marks notifications as read', { ref, ...Read.properties }),
  watch: frame('watch', 'Asks to be told the likes of these messages, in place of those named before', {
    ref: Type.Optional(ref),
    ids: Type.Array(idText, { maxItems: watchIdsMax, description: `a list of at most ${watchIdsMax} ids` }),
  }),
} as const
/** What each `op` is answered with: what HTTP would answer. */
export const results: { readonly [Op in keyof typeof frames]: TSchema } = {
  send: Message,
  fetch: Timeline,
  like: Liked,
  unlike: Liked,
  follow: Relation,
  unfollow: Relation,
  read: Unread,
  watch: Type.Object({}),
}
export type Frames = { [Op in keyof typeof frames]: Static<(typeof frames)[Op]> }

// --- frames of the WebSocket, server to client ---

function event<Name extends string, P extends TProperties>(name: Name, description: string, properties: P) {
  return Type.Object({ event: Type.Literal(name), ...properties }, { description })
}

const errorPart = Type.Object({
  code: Problem.properties.code,
  detail: Problem.properties.detail,
  field: Problem.properties.field,
})

/** Everything a server may send but the answers, each told by its first key. */
export const serverFrames = {
  ready: event('ready', 'The hello is accepted', { user: User, cursor: Type.String() }),
  message: event('message', 'A message that arrived', { message: Message, cursor: Type.String() }),
  deleted: event('deleted', 'A message is gone: drop it, and whatever boosts it', { id: idText }),
  notification: event('notification', 'Somebody liked, answered, followed …', { notification: Notification }),
  likes: event('likes', 'Counts of watched messages, at most twice a second', {
    counts: Type.Record(Type.String(), count),
  }),
  lagged: event('lagged', 'This socket was too slow: everything after the cursor comes now, then live', {
    cursor: Type.String(),
  }),
  moving: event('moving', 'This server drains: connect again, elsewhere, after so many milliseconds', { after: count }),
  refusal: Type.Object(
    { ref: Type.Optional(ref), error: errorPart },
    { description: 'What was asked for is refused; without `ref` where it was no frame of ours' },
  ),
} as const
