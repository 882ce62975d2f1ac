import { encode } from 'blurhash'
import { blurhashSideMax, imageBytesMax, imagePixelsMax, previewSideMax } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Format } from './formats.ts'
import { cleanGif } from './gif.ts'
import { cleanJpeg } from './jpeg.ts'
import { broken, type Cleaned } from './picture.ts'
import { cleanPng, pixelsOf } from './png.ts'
import { cleanWebp } from './webp.ts'

export type ImageFormat = Extract<Format, 'jpeg' | 'png' | 'gif' | 'webp'>

export interface Picture {
  readonly bytes: Uint8Array
  /** WebP. */
  readonly preview: Uint8Array
  readonly width: number
  readonly height: number
  readonly blurhash: string
}

const cleaners: Readonly<Record<ImageFormat, (file: Buffer) => Cleaned>> = {
  jpeg: cleanJpeg,
  png: cleanPng,
  gif: cleanGif,
  webp: cleanWebp,
}

/** Of a picture that is turned upright, so that a second coding is not seen. */
const turnedQuality = 92
const previewQuality = 78
/** How finely a blurhash tells across and down. */
const blurhashX = 4
const blurhashY = 3

/**
 * What is kept of a picture: itself, upright and without what tells of its making, and what is shown before it. Decoding
 * and coding run on Bun's threads. @throws Refusal
 */
export async function readPicture(format: ImageFormat, file: Buffer): Promise<Picture> {
  if (file.length > imageBytesMax) {
    throw new Refusal('invalid', `\`file\` is a picture of more than ${imageBytesMax} bytes: make it smaller.`, {
      field: 'file',
    })
  }
  const cleaned = await upright(format, file)
  const { bytes, still = bytes, width, height } = cleaned
  const preview = await decoded(() =>
    imageOf(still)
      .resize(previewSideMax, previewSideMax, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: previewQuality })
      .bytes(),
  )
  const small = await imageOf(preview).resize(blurhashSideMax, blurhashSideMax, { fit: 'inside' }).png().buffer()
  const { pixels, ...size } = pixelsOf(small)
  return { bytes, preview, width, height, blurhash: encode(pixels, size.width, size.height, blurhashX, blurhashY) }
}

/** Its bytes are left as they are unless it must be turned; what moves is not. */
async function upright(format: ImageFormat, file: Buffer): Promise<Cleaned> {
  const cleaned = cleaners[format](file)
  if (cleaned.orientation === 1 || cleaned.moving) return cleaned
  const turned = await decoded(async () => {
    if (format === 'jpeg') return imageOf(file).jpeg({ quality: turnedQuality }).buffer()
    const image = turn(imageOf(cleaned.bytes), cleaned.orientation)
    return format === 'png' ? image.png().buffer() : image.webp({ quality: turnedQuality }).buffer()
  })
  return cleaners[format](turned)
}

/** `Bun.Image` knows JPEG's orientation, not that of the others. */
function turn(image: Bun.Image, orientation: number): Bun.Image {
  const degrees = [0, 0, 0, 180, 180, 90, 90, 270, 270][orientation]!
  const turned = degrees === 0 ? image : image.rotate(degrees)
  return [2, 4, 5, 7].includes(orientation) ? turned.flop() : turned
}

const imageOf = (bytes: Uint8Array) => new Bun.Image(bytes, { maxPixels: imagePixelsMax })

/** What cannot be decoded is no picture, whatever its header says. */
async function decoded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (String((error as { code?: unknown }).code).startsWith('ERR_IMAGE_')) throw broken()
    throw error
  }
}
