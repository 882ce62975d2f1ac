import { compiled } from '../../core/compiled.ts'
import { mediaWorkMs } from '../../core/limits.ts'
import type { Format } from './formats.ts'

export type StreamFormat = Extract<Format, 'mp4' | 'webm' | 'mp3' | 'ogg' | 'wav'>

export interface RemuxRequest {
  readonly format: StreamFormat
  readonly from: string
  readonly to: string
}

/**
 * `made`: in seconds and, where it is seen, pixels. `foreign`: sound or picture of a kind that the format cannot be written
 * with. `broken`: it cannot be read to its end.
 */
export type RemuxAnswer =
  | { readonly outcome: 'made'; readonly duration: number; readonly width?: number; readonly height?: number }
  | { readonly outcome: 'foreign' }
  | { readonly outcome: 'broken'; readonly why: string }

/** As src/engines/embedded/worker-url.ts has it. */
const url = new URL(compiled ? './engines/uploads/remux-worker.ts' : './remux-worker.ts', import.meta.url).href

/**
 * Writes sound and video once more, packet by packet as they are, so that nothing but those is left: no tags, no places, no
 * tracks of other kinds. On a thread of its own, which ends with it; a file that takes it too long counts as broken.
 */
export async function remux(request: RemuxRequest): Promise<RemuxAnswer> {
  const worker = new Worker(url)
  const { promise, resolve } = Promise.withResolvers<RemuxAnswer>()
  const timer = setTimeout(() => resolve({ outcome: 'broken', why: 'it took too long' }), mediaWorkMs)
  worker.onmessage = ({ data }) => resolve(data as RemuxAnswer)
  worker.onerror = ({ message }) => resolve({ outcome: 'broken', why: message })
  worker.postMessage(request)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    worker.terminate()
  }
}
