import { type Signal, signal } from '@preact/signals'
import { RookeryError } from '../../sdk/browser.ts'
import { t } from '../words/index.ts'
import { rookery } from './client.ts'
import { onLogOut } from './session.ts'

/** API.md: attachments of a message. */
export const filesMax = 4

/** A file that goes along with what is being written. */
export interface Upload {
  readonly file: File
  /** Shows the file before the server has it. */
  readonly previewUrl: string | undefined
  readonly description: Signal<string>
  readonly state: Signal<'uploading' | 'ready' | 'failed'>
  /** What was wrong, when it failed. */
  error: unknown
  /** As the server has it, and with which description. */
  media: { readonly id: string; readonly description: string } | undefined
  readonly stop: AbortController
}

const toldMax = 100
/** Names and descriptions of what was uploaded last, by their ids: the server tells neither of them. Beyond: `broughtBack` has a name for all. */
const told = new Map<string, { readonly name: string; readonly description: string }>()

onLogOut(() => told.clear(), { theirOwn: true })

/** Begins to upload a file. */
export function upload(file: File, description = ''): Upload {
  const one = chosen(file, description)
  void bring(one).catch(() => {})
  return one
}

/**
 * What the server has already, to go along with another message; `anew`: uploaded once more. `undefined`: it is gone. @throws
 * RookeryError
 */
export async function broughtBack(id: string, anew: boolean): Promise<Upload | undefined> {
  const response = await fetch(`/media/${id}`).catch((cause) => {
    throw new RookeryError('unreachable', 0, 'The server did not answer.', { cause })
  })
  if (response.status === 404) return undefined
  if (!response.ok) throw new RookeryError('unavailable', response.status, 'The upload cannot be read.')
  const { name, description } = told.get(id) ?? { name: t('file'), description: '' }
  const body = await response.blob()
  const file = new File([body], name, { type: body.type })
  if (anew) return upload(file, description)
  const one = chosen(file, description)
  one.media = { id, description }
  one.state.value = 'ready'
  return one
}

function chosen(file: File, description: string): Upload {
  const shown = /^(image|video)\//.test(file.type)
  return {
    file,
    previewUrl: shown ? URL.createObjectURL(file) : undefined,
    description: signal(description),
    state: signal('uploading'),
    error: undefined,
    media: undefined,
    stop: new AbortController(),
  }
}

async function bring(one: Upload): Promise<void> {
  const description = one.description.peek().trim()
  one.state.value = 'uploading'
  try {
    const { id } = await rookery.uploadMedia(one.file, { signal: one.stop.signal, ...(description && { description }) })
    one.media = { id, description }
    if (told.size >= toldMax) told.delete(told.keys().next().value!)
    told.set(id, { name: one.file.name, description })
    one.state.value = 'ready'
  } catch (error) {
    one.error = error
    one.state.value = 'failed'
    throw error
  }
}

/**
 * The file's id once the server has it as it is described now: a description that came later takes it there again. @throws
 * RookeryError
 */
export async function uploaded(one: Upload): Promise<string> {
  while (one.state.peek() === 'uploading') await changed(one.state)
  if (one.media?.description !== one.description.peek().trim()) await bring(one)
  if (!one.media) throw one.error
  return one.media.id
}

function changed(state: Signal<unknown>): Promise<void> {
  return new Promise((resolve) => {
    let first = true
    const stop = state.subscribe(() => {
      if (first) first = false
      else {
        queueMicrotask(() => stop())
        resolve()
      }
    })
  })
}

/** Gives up a file that is not wanted any more. */
export function drop(one: Upload): void {
  one.stop.abort()
  if (one.previewUrl) URL.revokeObjectURL(one.previewUrl)
}
