import { open, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Prepare, Prepared } from '../../ports/prepare.ts'
import { type Format, formatBytes, formatOf, kindOf } from './formats.ts'
import { blankHeif, isHeif } from './heif.ts'
import { type ImageFormat, readPicture } from './image.ts'
import { unreadable } from './picture.ts'
import { remux, type StreamFormat } from './remux.ts'

const pictureTypes: Readonly<Record<ImageFormat, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
}

const soundTypes: Readonly<Record<StreamFormat, string>> = {
  mp4: 'audio/mp4',
  webm: 'audio/webm',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
}

const nothing = {
  previewPath: undefined,
  previewBytes: 0,
  width: undefined,
  height: undefined,
  duration: undefined,
  blurhash: undefined,
}

/** See `Prepare`. */
export const prepare: Prepare = async (path) => {
  const head = await headAt(path)
  const format = formatOf(head)
  if (isHeif(head)) await blankHeif(path)
  if (format === undefined) return asFile(path)
  return isImage(format) ? preparePicture(path, format) : prepareStream(path, format as StreamFormat)
}

const isImage = (format: Format): format is ImageFormat => kindOf(format) === 'image'

async function headAt(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(formatBytes)
    const { bytesRead } = await file.read(head, 0, formatBytes, 0)
    return head.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function asFile(path: string): Promise<Prepared> {
  const { size } = await stat(path)
  return { ...nothing, type: 'file', contentType: 'application/octet-stream', path, bytes: size }
}

async function preparePicture(path: string, format: ImageFormat): Promise<Prepared> {
  const { bytes, preview, width, height, blurhash } = await readPicture(format, await readFile(path))
  const cleanPath = join(dirname(path), 'clean')
  const previewPath = join(dirname(path), 'preview')
  await Promise.all([Bun.write(cleanPath, bytes), Bun.write(previewPath, preview)])
  return {
    type: 'image',
    contentType: pictureTypes[format],
    path: cleanPath,
    bytes: bytes.length,
    previewPath,
    previewBytes: preview.length,
    width,
    height,
    duration: undefined,
    blurhash,
  }
}

async function prepareStream(path: string, format: StreamFormat): Promise<Prepared> {
  const made = join(dirname(path), 'clean')
  const answer = await remux({ format, from: path, to: made })
  if (answer.outcome === 'foreign') return asFile(path)
  if (answer.outcome === 'broken') throw unreadable('is no sound or video that can be read to its end')
  const { duration, width, height } = answer
  const seen = width !== undefined
  const { size } = await stat(made)
  return {
    ...nothing,
    type: seen ? 'video' : 'audio',
    contentType: seen ? `video/${format}` : soundTypes[format],
    path: made,
    bytes: size,
    width,
    height,
    duration: Math.round(duration * 1_000) / 1_000,
  }
}
