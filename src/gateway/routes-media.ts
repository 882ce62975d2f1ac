import { uploadRestBytesMax, uploadWithinMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { Media, Upload } from '../core/wire.ts'
import type { MediaRecord } from '../ports/media.ts'
import type { MediaPart, MediaService } from '../services/media.ts'
import { mediaResponse, problemResponse } from './answer.ts'
import { idempotencyKey } from './idempotency-key.ts'
import { askedRange, namesTag } from './ranges.ts'
import { type Answer, type Call, type Row, row } from './table.ts'
import { createReceiveUpload } from './upload.ts'

/** Uploading and reading media. `bytesMax`: `--media-max`. */
export function mediaRows({ media, spool, bytesMax }: { media: MediaService; spool: string; bytesMax: number }): Row[] {
  const receive = createReceiveUpload({ spool, bytesMax })

  async function upload({ request, reader }: Call): Promise<Answer> {
    const key = idempotencyKey(request.headers)
    const before = await media.madeBefore(reader, key)
    if (before === undefined) await media.mustHaveRoom(reader)
    const made = before ?? (await receive(request, (received) => media.keep(reader, received, key)))
    return { status: 201, json: made, headers: { Location: made.url } }
  }

  async function read({ request, medium: id }: Call, part: MediaPart): Promise<Response> {
    const medium = await media.find(id)
    const { bytes, previewBytes } = medium
    const whole = part === 'whole'
    const length = whole ? bytes : previewBytes
    const etag = whole ? `"${id}"` : `"${id}-preview"`
    const headers = headersOf(medium, part, etag)
    if (namesTag(request.headers.get('if-none-match'), etag)) return mediaResponse(304, null, headers)
    const asked = request.method === 'HEAD' ? 'whole' : askedRange(request.headers, etag, length)
    if (asked === 'unsatisfiable') {
      const refusal = new Refusal('range_not_satisfiable', `It has ${length} bytes: ask for some of those.`)
      return problemResponse(refusal, undefined, { 'Content-Range': `bytes */${length}` })
    }
    const { from, to } = asked === 'whole' ? { from: 0, to: length } : asked
    const body = await media.read(medium, part, from, to)
    const sized = { ...headers, 'Content-Length': String(to - from) }
    if (asked === 'whole') return mediaResponse(200, body, sized)
    return mediaResponse(206, body, { ...sized, 'Content-Range': `bytes ${from}-${to - 1}/${length}` })
  }

  const reading = {
    method: 'GET',
    access: 'open',
    answers: { 200: '*/*', 206: '*/*', 304: 'nothing' },
    refuses: ['no_such_media', 'range_not_satisfiable'],
  } as const
  const more =
    'Whoever knows the id may read, until the message that shows it is deleted or its owner suspended. Takes `Range` with ' +
    '`If-Range`, and `If-None-Match`. The type is told by the content; what may not be shown safely is only downloaded.'

  return [
    row({
      method: 'POST',
      path: '/media',
      does: 'Uploads a picture, a sound, a video or any other file',
      more:
        'A form with `file`, and `description` for those who do not see it. Pictures (HEIC and AVIF, which are files, too), sounds and videos lose what tells of their ' +
        'making (places, times, tags). Name the id in `media` of a message, or as `avatar`: what is not used within a day goes.',
      body: { schema: Upload, bytesMax: bytesMax + uploadRestBytesMax, form: true },
      limit: 'uploads',
      keyed: true,
      withinMs: uploadWithinMs * 2,
      answers: { 201: Media },
      refuses: ['media_quota', 'no_such_media'],
      handle: upload,
    }),
    row({ ...reading, path: '/media/:medium', does: 'Reads an upload', more, handle: (call) => read(call, 'whole') }),
    row({
      ...reading,
      path: '/media/:medium/preview',
      does: 'Reads the small picture (WebP) that stands for an upload',
      more,
      handle: (call) => read(call, 'preview'),
    }),
  ]
}

/** Nothing that is served here can run: told by its content, never guessed again, in a page of its own and a closed one. */
function headersOf({ type, contentType, name }: MediaRecord, part: MediaPart, etag: string): Record<string, string> {
  const shown = part === 'preview' || type !== 'file'
  return {
    'Content-Type': part === 'preview' ? 'image/webp' : contentType,
    'Content-Disposition': shown
      ? 'inline'
      : `attachment${name === undefined ? '' : `; filename*=UTF-8''${encoded(name)}`}`,
    'Cache-Control': 'private, max-age=86400, immutable',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'Accept-Ranges': 'bytes',
    ETag: etag,
  }
}

/** RFC 8187. */
function encoded(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
