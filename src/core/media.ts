import type { UserId } from './ids.ts'

/** What a medium is to a client: how it may be shown. A `file` is only ever downloaded. */
export const mediaTypes = ['image', 'video', 'audio', 'file'] as const
export type MediaType = (typeof mediaTypes)[number]

/** What clients are told of a medium; fixed once it is uploaded, so that a message's body may hold it. */
export interface Medium {
  /** 128 random bits as 32 hex digits: whoever knows it may read. Safe as the name of a file. */
  readonly id: string
  readonly owner: UserId
  readonly type: MediaType
  readonly bytes: number
  /** Of the preview, always WebP; 0: there is none. */
  readonly previewBytes: number
  /** In pixels, as it is shown. */
  readonly width: number | undefined
  readonly height: number | undefined
  /** In seconds. */
  readonly duration: number | undefined
  readonly blurhash: string | undefined
  readonly description: string | undefined
}

const idForm = /^[0-9a-f]{32}$/

export const isMediaId = (text: string): boolean => idForm.test(text)

export const mediaPath = (id: string): string => `/media/${id}`
export const previewPath = (id: string): string => `/media/${id}/preview`

/**
 * API.md's `Media`. Its links are paths of the server that is asked: they stand in stored bodies, and must outlive a change
 * of the server's address.
 */
export function mediaObject(medium: Medium) {
  const { id, type, bytes, previewBytes, width, height, duration, blurhash, description } = medium
  return {
    id,
    type,
    url: mediaPath(id),
    ...(previewBytes > 0 && { previewUrl: previewPath(id) }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(duration !== undefined && { duration }),
    ...(blurhash !== undefined && { blurhash }),
    ...(description !== undefined && { description }),
    bytes,
  }
}
