import { bodyWithinMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The JSON in a request's body; undefined where it is empty and `needed` is false.
 * @throws Refusal `too_large`, `wrong_content_type`, `bad_json`, `bad_request` (it did not arrive), `invalid` (not UTF-8).
 */
export async function readJson(request: Request, bytesMax: number, needed: boolean): Promise<unknown> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > bytesMax) throw tooLarge(bytesMax)
  const bytes = request.body === null ? undefined : await readBytes(request, declared, bytesMax)
  if (bytes === undefined || bytes.length === 0) {
    if (!needed) return undefined
    throw new Refusal('bad_json', 'The body is empty: send a JSON object.')
  }
  mustBeJson(request.headers)
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new Refusal('invalid', 'The body must be UTF-8.', { field: 'body' })
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new Refusal('bad_json', 'The body must be one JSON object: check its quotes and commas.')
  }
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal('too_large', `The body may have ${bytesMax} bytes here: send less.`)
}

function mustBeJson(headers: Headers): void {
  const wrong = (detail: string) => new Refusal('wrong_content_type', detail)
  const [type, ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';')
  if (type!.trim() !== 'application/json') throw wrong('Send `Content-Type: application/json`.')
  for (const parameter of parameters) {
    const [name, value = ''] = parameter.split('=')
    const charset = value.trim().replaceAll('"', '')
    if (name!.trim() === 'charset' && charset !== 'utf-8' && charset !== 'utf8') throw wrong('Send JSON as UTF-8.')
  }
  const encoding = headers.get('content-encoding')
  if (encoding !== null && encoding.toLowerCase() !== 'identity') throw wrong('Send the body without compression.')
}

/** The whole body. Where its length was declared Bun holds it to that; a chunked one is counted as it comes. */
async function readBytes(request: Request, declared: number, bytesMax: number): Promise<Uint8Array> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Refusal('bad_request', 'The body did not arrive in time: send it again, at once.'))
  }, bodyWithinMs)
  try {
    const whole = declared > 0 ? request.bytes() : readChunks(request.body!, bytesMax)
    return await Promise.race([whole, late.promise])
  } catch (error) {
    if (error instanceof Refusal) throw error
    // The connection broke, or its framing is wrong; where anybody still listens, this is what they hear.
    throw new Refusal('bad_request', 'The body did not arrive whole: send it again.')
  } finally {
    clearTimeout(timer)
  }
}

async function readChunks(body: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
