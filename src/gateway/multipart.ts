import { uploadHeaderBytesMax, uploadPartsMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'

/** What stands before a part of a form: its field's name and, of a file, what that is called. */
export interface PartHead {
  readonly name: string
  readonly fileName: string | undefined
}

/** Takes the bytes of one part as they come; an undefined one means that nobody wants them. */
export type PartSink = ((bytes: Uint8Array) => Promise<void>) | undefined

const utf8 = new TextDecoder('utf-8', { fatal: true })
const formBroken = (why: string) => new Refusal('bad_request', `The form cannot be read: ${why}.`)

/** The boundary of a `multipart/form-data` body. @throws Refusal `wrong_content_type` */
export function boundaryOf(contentType: string | null): string {
  const [, plain, quoted] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:([^\s";,]{1,70})|"([^"\r\n]{1,70})")/i.exec(contentType ?? '') ??
    []
  const boundary = plain ?? quoted
  if (boundary !== undefined) return boundary
  throw new Refusal('wrong_content_type', 'Send a form as `multipart/form-data`, with its boundary.')
}

/**
 * Reads a form (RFC 7578) as it comes, holding a chunk and a boundary of it at most. `begin` says where each part's bytes
 * go. Resolves at the closing boundary. @throws Refusal `bad_request`, `invalid`
 */
export async function readForm(
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
  begin: (head: PartHead) => PartSink,
): Promise<void> {
  // The first boundary may stand at the very beginning, where no line ends before it.
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  let held: Buffer = Buffer.from('\r\n')
  let state: 'before' | 'delimited' | 'head' | 'part' = 'before'
  let sink: PartSink
  let parts = 0

  /** One step with what is held; false where it takes more to go on. */
  async function step(): Promise<boolean> {
    if (state === 'before' || state === 'part') {
      const at = held.indexOf(delimiter)
      const sure = at < 0 ? held.length - boundaryBegun(held, delimiter) : at
      if (state === 'part' && sure > 0) await sink?.(held.subarray(0, sure))
      held = held.subarray(at < 0 ? sure : at + delimiter.length)
      if (at < 0) return false
      state = 'delimited'
      return true
    }
    if (state === 'delimited') {
      if (held.length < 2) return false
      if (held[0] === 0x2d && held[1] === 0x2d) throw end
      if (++parts > uploadPartsMax) throw formBroken(`it has more than ${uploadPartsMax} parts`)
      state = 'head'
      return true
    }
    const ends = held.indexOf('\r\n\r\n')
    if (ends < 0 && held.length <= uploadHeaderBytesMax) return false
    if (ends < 0 || ends > uploadHeaderBytesMax) throw formBroken('the headers of a part do not end')
    sink = begin(headOf(held.subarray(0, ends)))
    held = held.subarray(ends + 4)
    state = 'part'
    return true
  }

  try {
    for await (const chunk of chunks) {
      held =
        held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([held, chunk])
      while (await step()) {}
    }
  } catch (error) {
    if (error === end) return
    throw error
  }
  throw formBroken('it ends before its last boundary')
}

/**
 * How many bytes at the end of `held` may be the beginning of a boundary: none as a rule, so that chunks, which may be of a
 * megabyte, need not be joined.
 */
function boundaryBegun(held: Buffer, delimiter: Buffer): number {
  const from = Math.max(0, held.length - delimiter.length + 1)
  for (let at = held.indexOf(delimiter[0]!, from); at >= 0; at = held.indexOf(delimiter[0]!, at + 1)) {
    const length = held.length - at
    if (held.subarray(at).equals(delimiter.subarray(0, length))) return length
  }
  return 0
}

const end = new Error('the form ends here')

function headOf(bytes: Buffer): PartHead {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new Refusal('invalid', 'The body must be UTF-8.', { field: 'body' })
  }
  const disposition = /^content-disposition:(.*)$/im.exec(text)?.[1] ?? ''
  const name = parameter(disposition, 'name')
  if (name === undefined) throw formBroken('a part has no name')
  return { name, fileName: parameter(disposition, 'filename') }
}

/** Browsers write `"` as `%22` and line ends as `%0D%0A` in it (HTML, multipart form data); nothing else is escaped. */
function parameter(header: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(header) ?? []
  return quoted?.replaceAll('%22', '"').replaceAll(/\\(["\\])/g, '$1') ?? plain
}
