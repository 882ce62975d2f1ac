import { type Signal, signal } from '@preact/signals'
import type { Media } from '../../sdk/browser.ts'
import { rookery } from './client.ts'

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
  media: { readonly media: Media; readonly description: string } | undefined
  readonly stop: AbortController
}

/** Begins to upload a file. */
export function upload(file: File): Upload {
  const shown = /^(image|video)\//.test(file.type)
  const one: Upload = {
    file,
    previewUrl: shown ? URL.createObjectURL(file) : undefined,
    description: signal(''),
    state: signal('uploading'),
    error: undefined,
    media: undefined,
    stop: new AbortController(),
  }
  void bring(one).catch(() => {})
  return one
}

async function bring(one: Upload): Promise<void> {
  const description = one.description.peek().trim()
  one.state.value = 'uploading'
  try {
    const media = await rookery.uploadMedia(one.file, { signal: one.stop.signal, ...(description && { description }) })
    one.media = { media, description }
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
  return one.media.media.id
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
