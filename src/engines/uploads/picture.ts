import { imageFramesMax, imagePixelsMax } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'

/** A picture without what tells of its making (EXIF, GPS, XMP, comments), its pixels untouched. */
export interface Cleaned {
  readonly bytes: Uint8Array
  /** In pixels, as its header says. */
  readonly width: number
  readonly height: number
  /** EXIF's, 1 to 8: how it must be turned to be seen upright; 1: as it is. */
  readonly orientation: number
  readonly moving: boolean
  /** Its first frame, where `Bun.Image` cannot find that itself. */
  readonly still?: Uint8Array
}

export const unreadable = (what: string) =>
  new Refusal('invalid', `\`file\` ${what}: make it anew, or send another.`, { field: 'file' })

export const cutShort = () => unreadable('ends before the picture does')
export const broken = () => unreadable('is no picture that can be read')

/** @throws Refusal before anything is decoded. */
export function mustBeBounded(width: number, height: number, frames = 1): void {
  if (width === 0 || height === 0) throw broken()
  if (width * height > imagePixelsMax) {
    const most = imagePixelsMax / 1_000_000
    throw new Refusal(
      'invalid',
      `\`file\` has ${width} × ${height} pixels; ${most} million is the most: make it smaller.`,
      {
        field: 'file',
      },
    )
  }
  if (frames > imageFramesMax) {
    throw new Refusal('invalid', `\`file\` has more than ${imageFramesMax} frames: send it as a video.`, {
      field: 'file',
    })
  }
}
