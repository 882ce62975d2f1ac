import { signal } from '@preact/signals'
import { type Draft, type Original, RookeryError, type Waiting } from '../../sdk/browser.ts'
import { t } from '../words/index.ts'
import { rookery } from './client.ts'
import { draft } from './drafts.ts'
import { me } from './session.ts'
import { outboxChanged, pending } from './timeline.ts'
import { broughtBack, drop, type Upload, uploaded } from './uploads.ts'
import { writeTo } from './writing.ts'

/** Gives a message to the outbox: it is out soon, or once there is a network, and once in any case. */
async function send(draft: Draft): Promise<Waiting> {
  const waiting = await rookery.queueSend(draft)
  // It may be out already.
  const still = (await rookery.outbox()).find(({ key }) => key === waiting.key)
  if (still && !pending.value.some(({ key }) => key === still.key)) pending.value = [...pending.value, still]
  return waiting
}

/** What is on its way to the outbox, by what it answers. */
const underWay = signal<ReadonlySet<string | undefined>>(new Set())

/** Whether what is written there is being sent, from whichever page. */
export const isUnderWay = (replyTo: string | undefined): boolean => underWay.value.has(replyTo)

/**
 * Sends what is written there, once the server has its files, and takes it out of the draft; what was typed meanwhile stays.
 * @throws RookeryError, with the draft as it was.
 */
export async function sendDraft(replyTo: string | undefined, files: readonly Upload[]): Promise<Waiting> {
  const written = draft(replyTo)
  const text = written.peek()
  const author = me.peek()?.id
  underWay.value = new Set([...underWay.value, replyTo])
  try {
    const media = await Promise.all(files.map(uploaded))
    // The outbox may be somebody else's by now.
    if (me.peek()?.id !== author) throw new RookeryError('unauthorized', 401, 'Log in again.')
    const waiting = await send({
      text,
      ...(replyTo !== undefined && { replyTo }),
      ...(media.length > 0 && { media }),
    })
    files.forEach(drop)
    if (written.peek().startsWith(text)) written.value = written.peek().slice(text.length)
    return waiting
  } finally {
    underWay.value = new Set([...underWay.value].filter((each) => each !== replyTo))
  }
}

/** Throws a message away that waits or was refused. */
export async function discard({ key }: Waiting): Promise<void> {
  await rookery.discard(key)
  outboxChanged()
  pending.value = pending.value.filter((each) => each.key !== key)
}

/** Tries again what was refused. */
export async function sendAgain(waiting: Waiting): Promise<void> {
  await discard(waiting)
  await send(waiting.draft)
}

/**
 * Opens what was refused where one writes, with its files and above what is being written there. What it answered may be gone:
 * then it is a message of its own. @throws RookeryError, with the message as it was.
 */
export async function edit(waiting: Waiting): Promise<void> {
  const { replyTo, text = '', media = [] } = waiting.draft
  const answered = replyTo === undefined ? undefined : await stillThere(replyTo)
  const unusable = waiting.error?.field?.startsWith('media') ?? false
  const files = await Promise.all(media.map((id) => broughtBack(id, unusable)))
  const attached = files.filter((each) => each !== undefined)
  const note = [
    replyTo !== undefined && !answered ? t('editReplyGone') : [],
    attached.length < media.length ? t('editFilesGone') : [],
  ].flat()
  const written = draft(answered?.id)
  written.value = [text, written.peek()].filter((each) => each.trim() !== '').join('\n\n')
  await discard(waiting)
  writeTo({ attached, ...(answered && { replyTo: answered }), ...(note.length > 0 && { note: note.join(' ') }) })
}

async function stillThere(id: string): Promise<Original | undefined> {
  try {
    return await rookery.message(id)
  } catch (error) {
    if (error instanceof RookeryError && error.code === 'no_such_message') return undefined
    throw error
  }
}
