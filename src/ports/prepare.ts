import type { MediaType } from '../core/media.ts'

/** What is kept of an upload, in files of the spool. */
export interface Prepared {
  readonly type: MediaType
  readonly contentType: string
  readonly path: string
  readonly bytes: number
  /** WebP. */
  readonly previewPath: string | undefined
  readonly previewBytes: number
  /** In pixels, as it is shown. */
  readonly width: number | undefined
  readonly height: number | undefined
  /** In seconds. */
  readonly duration: number | undefined
  readonly blurhash: string | undefined
}

/**
 * Makes what is kept and shown out of the file at `path`, by its content alone, as further files of its folder; without what
 * tells of its making. What no format is known of stays as it is. @throws Refusal `invalid` for what is broken
 */
export type Prepare = (path: string) => Promise<Prepared>
