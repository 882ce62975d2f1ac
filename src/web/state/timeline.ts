import { batch, computed, signal } from '@preact/signals'
import type { Event, Message, Notification, Waiting } from '../../sdk/browser.ts'
import { refusalText } from '../words/errors.ts'
import { t } from '../words/index.ts'
import { rookery } from './client.ts'
import { online } from './network.ts'
import { change, countLikes, dropPost, type Post, postOf, postWith } from './posts.ts'
import { go } from './router.ts'
import { arrived, bottomOf, further, joined, noRows, type Rows, renewed, reveal, without } from './rows.ts'
import { inPlace } from './scroll.ts'
import { become, isUnauthorized, me, onLogOut, sessionLost, unread } from './session.ts'
import { toast } from './toasts.ts'
import { onWatch } from './watch.ts'

const id = (post: Post) => post.peek().id
/** Messages that the server is asked for at a time. */
const pageRows = 40

const rows = signal<Rows<Post>>(noRows)
/** The home timeline as far as it is shown, newest first. */
export const shown = computed(() => rows.value.shown)
/** How many new messages wait above it. */
export const waitingCount = computed(() => rows.value.count)
/** The top is no longer at hand: `showNewest` reads it again. */
export const topless = computed(() => rows.value.topless === true)
/** Whether there is more below, and what came of the last try. */
export const state = signal<'idle' | 'loading' | 'failed' | 'end'>('idle')
/** Why it failed, when it did. */
export let problem: unknown

/** One's own messages that are not out yet, or were refused; oldest first. */
export const pending = signal<readonly Waiting[]>([])

/** Tabs share the outbox, and only the one that sends from it hears what becomes of a message: it tells the others to look. */
const tabs = new BroadcastChannel('rookery outbox')
tabs.onmessage = async () => {
  if (!me.value) return
  const left = await rookery.outbox().catch(() => pending.value)
  if (me.value) pending.value = left
}

/** Tells the other tabs that the outbox is another one. */
export const outboxChanged = (): void => tabs.postMessage(null)

/** Set by the home page: whether the reader is at its top, so that what arrives may be shown at once. */
export const atTop = signal(false)

/** Others who want to hear what happens: a page that shows notifications, a thread that is open. */
const listeners = new Set<(event: Event) => void>()

/** Has `listener` told of every event of the stream; until what it returns is called. */
export function onEvent(listener: (event: Event) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

let stop: AbortController | undefined
/** Below this id the rows are as they were held, and not read from the server since: they are once one scrolls there. */
let unsure: string | undefined
/** The newest page has just been read: whoever gets online needs it not once more. */
let justRead = false

/** Shows what this device holds, then what the server has, and stays live until `endTimeline`. */
export async function startTimeline(): Promise<void> {
  stop?.abort()
  stop = new AbortController()
  const { signal } = stop
  state.value = 'loading'
  pending.value = await rookery.outbox().catch(() => [])
  const { messages, next } = await rookery.cached().catch(() => ({ messages: [], next: undefined }))
  if (signal.aborted) return
  if (messages.length > 0) {
    rows.value = further({ ...noRows, below: messages.map(postOf), next })
    settled()
  } else justRead = await readNewest(signal)
  if (!signal.aborted) await listen(signal)
}

export function endTimeline(): void {
  stop?.abort()
  stop = undefined
  rows.value = noRows
  unsure = undefined
  justRead = false
  pending.value = []
  arrivals.length = 0
}
onLogOut(endTimeline)

const settled = () =>
  void (state.value = rows.value.next === undefined && rows.value.below.length === 0 ? 'end' : 'idle')

/** The newest page in place of all that is shown. Whether it came. */
async function readNewest(signal?: AbortSignal): Promise<boolean> {
  state.value = 'loading'
  try {
    const { messages, next } = await rookery.fetch({ length: pageRows, signal })
    rows.value = further({ ...noRows, below: messages.map(postOf), next })
    unsure = undefined
    settled()
    return true
  } catch (error) {
    if (!signal?.aborted) failed(error)
    return false
  }
}

/**
 * Reads a page over what is shown: who is hidden by now goes, counts and names are the server's again. What fails is read
 * when one is online the next time, or scrolls on. Cheap where nothing has changed: the browser asks with the page's ETag.
 */
async function renew(before?: string): Promise<void> {
  const { signal } = stop ?? {}
  const asked = held()
  try {
    const { messages, next } = await rookery.fetch({ length: pageRows, before, signal })
    if (!signal?.aborted) take({ messages, next, before }, asked)
  } catch (error) {
    if (signal?.aborted) return
    unsure ??= before
    if (isUnauthorized(error)) sessionLost()
  }
}

/** What is held, as it is known at the moment. */
function held(): Map<string, Message> {
  const { waiting, shown, below } = rows.peek()
  return new Map([...waiting, ...shown, ...below].map((post) => [id(post), post.peek()]))
}

interface Page {
  readonly messages: readonly Message[]
  readonly next: string | undefined
  readonly before?: string | undefined
}

/** A page takes its range's place; `asked` was held when it was asked for. What one has changed since stays as it is. */
function take({ messages, next, before }: Page, asked: ReadonlyMap<string, Message>): void {
  const page = messages.map((message) => {
    const post = postWith(message.id)
    if (post && asked.has(message.id) && post.peek() !== asked.get(message.id)) return post
    if (message.boostOf && postWith(message.boostOf.id)) postOf(message.boostOf)
    return postOf(message)
  })
  const again = { page, before, next, asked: new Set(asked.keys()) }
  inPlace(() => void (rows.value = renewed(rows.value, again, atTop.value, id)))
  const { shown, below, topless } = rows.value
  const lowest = [...shown, ...below].at(-1)
  if (before === undefined) unsure = undefined
  // Where the newest page is far above what is shown, all of that is unsure.
  const from = before === undefined && topless && shown[0] ? String(Number(id(shown[0])) + 1) : next
  if (lowest && Number(id(lowest)) < bottomOf(again, id)) unsure ??= from
  settled()
}

/** What is scrolled to is read from the server where it was not yet. */
function renewBelow(): void {
  const lowest = rows.value.shown.at(-1)
  const before = unsure
  if (before === undefined || !online.value || !lowest || Number(id(lowest)) >= Number(before)) return
  unsure = undefined
  void renew(before)
}

function failed(error: unknown): void {
  if (isUnauthorized(error)) sessionLost()
  problem = error
  state.value = 'failed'
}

/** A step further down. */
export async function more(): Promise<void> {
  if (state.value === 'loading' || state.value === 'end') return
  if (rows.value.shown.length === 0 && rows.value.next === undefined) {
    if (me.value) await readNewest()
    return
  }
  if (rows.value.below.length > 0) {
    rows.value = further(rows.value)
    renewBelow()
    return settled()
  }
  state.value = 'loading'
  const before = rows.value.next
  try {
    const { messages, next } = await rookery.fetch({ length: pageRows, before })
    // Cut off meanwhile from above: what came no longer joins.
    if (rows.value.next === before) rows.value = joined(rows.value, messages.map(postOf), next, id)
    settled()
  } catch (error) {
    failed(error)
  }
}

/** Shows what waits. The reader goes to the top for it. */
export async function showNewest(): Promise<void> {
  if (rows.value.topless) await readNewest()
  else rows.value = reveal(rows.value, id)
  settled()
}

/** Whom one follows has changed: the newest page is another one. */
export const refresh = (): Promise<void> => renew()

/** Nothing that they wrote or boosted stays. `hidden`, muted or blocked: nor what others boosted of theirs. */
export function dropAuthor(user: string, hidden: boolean): void {
  const theirs = ({ author, boostOf }: Message) => author.id === user || (hidden && boostOf?.author.id === user)
  inPlace(() => void (rows.value = without(rows.value, (post) => theirs(post.peek()))))
}

/** How long to wait after the server has said not to come back, in milliseconds. */
const restMs = 30_000

async function listen(signal: AbortSignal): Promise<void> {
  onWatch((ids) => rookery.watch(ids))
  while (!signal.aborted) {
    try {
      for await (const event of rookery.stream({ signal })) hear(event)
      // It ends by itself when one logs out.
      return
    } catch (error) {
      if (signal.aborted) return
      if (isUnauthorized(error)) return sessionLost()
      online.value = false
      await new Promise((resolve) => setTimeout(resolve, restMs))
    }
  }
}

function hear(event: Event): void {
  switch (event.type) {
    case 'message':
      arrive(event.message)
      countAnew(event.message.replyTo)
      break
    case 'deleted':
      remove(event.id)
      break
    case 'likes':
      countLikes(event.counts)
      break
    case 'notification':
      notified(event.notification)
      break
    case 'online':
      // Also the first time: what came between the page's question and the stream's beginning is told by neither.
      rookery.me().then(become, () => {})
      online.value = true
      if (!justRead) void renew()
      justRead = false
      break
    case 'offline':
      online.value = false
      break
    case 'reset':
      // Away for too long: the newest page begins anew, above what one reads.
      take({ messages: event.page.messages, next: event.page.next }, held())
      break
    case 'sent':
      sent(event.key, event.message)
      break
    case 'unsent':
      unsent(event.waiting)
  }
  for (const listener of listeners) listener(event)
}

/** What has arrived since the page was painted last: many at once cost no more than one. */
const arrivals: Message[] = []

function arrive(message: Message): void {
  if (arrivals.push(message) > 1) return
  // A page that is not seen is not painted.
  if (document.visibilityState === 'visible') requestAnimationFrame(takeArrivals)
  else setTimeout(takeArrivals)
}

function takeArrivals(): void {
  const posts = arrivals.splice(0).map(postOf)
  batch(() => {
    rows.value = arrived(rows.value, posts, atTop.value, id)
    if (out.size > 0) pending.value = pending.value.filter(({ key }) => !out.has(key))
    out.clear()
    settled()
  })
}

/** Keys of messages that are out, whose place is taken by themselves at the next painting. */
const out = new Set<string>()

/** One's own message is out: at the top where the reader is there, else with those that wait, and one is told. */
function sent(key: string, message: Message): void {
  out.add(key)
  arrive(message)
  outboxChanged()
  if (message.replyTo) change(message.replyTo, (parent) => ({ ...parent, replies: parent.replies + 1 }))
  const { author, id } = message
  if (!atTop.value) toast(t('sent'), { action: { text: t('view'), run: () => go(`/@${author.handle}/${id}`) } })
}

function unsent(waiting: Waiting): void {
  outboxChanged()
  pending.value = pending.value.map((each) => (each.key === waiting.key ? waiting : each))
  if (!atTop.value) toast(`${t('notSent')}: ${refusalText(waiting.error!)}`, { kind: 'problem' })
}

function remove(gone: string): void {
  const post = postWith(gone)
  const { replyTo, boostOf } = post?.peek() ?? {}
  countAnew(replyTo ?? boostOf?.id)
  dropPost(gone)
  if (unread.peek() > 0) recountSoon('unread')
  rows.value = without(rows.value, (post) => post.peek().id === gone || post.peek().boostOf?.id === gone)
}

function notified({ read, message }: Notification): void {
  if (!read) {
    unread.value++
    // It may be counted already in what the server has just said.
    recountSoon('unread')
  }
  countAnew(message?.replyTo)
}

/** What is counted by the server is asked for so much later, in milliseconds: once for many reasons. */
const recountAfterMs = 300
/** Messages whose replies and boosts are counted at a time; of more, those that were answered last. */
const recountMax = 20
/** Ids of messages whose replies and boosts are to be counted, and whether what is unread is. */
const uncounted = new Set<string | 'unread'>()

/** Of that message a reply came, or a reply or boost has gone. It may be counted already: only the server knows. */
function countAnew(id: string | undefined): void {
  if (id && postWith(id)) recountSoon(id)
}

function recountSoon(what: string | 'unread'): void {
  if (uncounted.size === 0) setTimeout(recount, recountAfterMs)
  uncounted.add(what)
}

function recount(): void {
  const all = me.peek() ? [...uncounted] : []
  uncounted.clear()
  if (all.includes('unread')) rookery.me().then(become, () => {})
  for (const id of all.filter((each) => each !== 'unread').slice(-recountMax)) {
    rookery.message(id).then(
      ({ replies, boosts }) => change(id, (message) => ({ ...message, replies, boosts })),
      () => {},
    )
  }
}

/** Whoever is logged in decides whose timeline this is. */
export function followSession(): void {
  let last: string | undefined
  me.subscribe((user) => {
    if (user?.id === last) return
    last = user?.id
    if (user) void startTimeline()
    else endTimeline()
  })
}
