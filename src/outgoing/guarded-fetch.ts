import { lookup } from 'node:dns/promises'
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import { outgoingAnswerBytesMax, outgoingWithinMs } from '../core/limits.ts'
import { isAddress, isPublicAddress } from '../core/public-address.ts'
import { type Outgoing, type OutgoingAnswer, OutgoingRefused, type OutgoingRequest } from '../ports/outgoing.ts'

/** All addresses of a host, at least one. Rejects where it has none, or that cannot be found out. */
export type Resolve = (host: string) => Promise<readonly string[]>

const resolveBySystem: Resolve = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true })
  if (found.length === 0) throw new Error(`${host} has no address`)
  return found.map(({ address }) => address)
}

/** Names that mean something inside a network alone (RFC 6761, 6762, 8375 and their kin), or one machine. */
const privateName =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|onion|home\.arpa|in-addr\.arpa|ip6\.arpa)$/

const notPublic = 'must be a public address: this one is private, or has another special purpose'

/**
 * Calls out over node:https, which goes by no proxy and follows no redirect. `allowPrivate` (`--allow-private-push`): plain
 * http and any address too. `resolve`: the system's look-up, but in tests.
 */
export function createGuardedFetch({
  allowPrivate,
  resolve = resolveBySystem,
}: {
  allowPrivate: boolean
  resolve?: Resolve
}): Outgoing {
  /** The URL of what may be called, as far as its text tells. */
  function read(text: string): { url: URL; host: string } | { fault: string } {
    const url = URL.parse(text)
    if (url === null || !/^https?:$/.test(url.protocol)) return { fault: 'must be an https URL' }
    if (url.protocol !== 'https:' && !allowPrivate) return { fault: 'must be an https URL' }
    if (url.username !== '' || url.password !== '') return { fault: 'must be a URL without a user and a password' }
    // The parser has made the usual form of IPv4 in any notation, of case and of full-width signs.
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '')
    if (allowPrivate) return { url, host }
    const isPrivate = isAddress(host) ? !isPublicAddress(host) : !host.includes('.') || privateName.test(host)
    return isPrivate ? { fault: notPublic } : { url, host }
  }

  /** The one address that is called. */
  async function addressOf(host: string): Promise<string> {
    if (isAddress(host)) return host
    const addresses = await resolve(host)
    if (!allowPrivate && !addresses.every(isPublicAddress)) throw new OutgoingRefused(notPublic)
    // Many machines have no way out by IPv6, whatever their look-up says.
    return addresses.find((address) => !address.includes(':')) ?? addresses[0]!
  }

  return {
    async fault(text) {
      const found = read(text)
      if ('fault' in found) return found.fault
      try {
        await within(outgoingWithinMs, () => addressOf(found.host))
        return undefined
      } catch (error) {
        return error instanceof OutgoingRefused ? error.message : undefined
      }
    },

    async request(text, what) {
      const found = read(text)
      if ('fault' in found) throw new OutgoingRefused(found.fault)
      const { url, host } = found
      return within(outgoingWithinMs, async (signal) => call(url, await addressOf(host), what, signal), what.signal)
    },
  }
}

/** Rejects when `work` takes longer, or is not wanted any more; tells it so. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>, unwanted?: AbortSignal): Promise<T> {
  const ending = new AbortController()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const end = (why: string) => {
    const error = new Error(why)
    reject(error)
    ending.abort(error)
  }
  const timer = setTimeout(() => end(`no answer within ${ms / 1_000} s`), ms)
  const stop = () => end('not wanted any more')
  unwanted?.addEventListener('abort', stop, { once: true })
  if (unwanted?.aborted) stop()
  try {
    return await Promise.race([late, work(ending.signal)])
  } finally {
    clearTimeout(timer)
    unwanted?.removeEventListener('abort', stop)
  }
}

function call(url: URL, address: string, what: OutgoingRequest, signal: AbortSignal): Promise<OutgoingAnswer> {
  const { method, headers, body, bytesMax = outgoingAnswerBytesMax } = what
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestSecure : requestPlain)(url, {
      method,
      headers,
      // A connection of its own, to the address that was looked at.
      agent: false,
      lookup: (_host, _options, found) => found(null, [{ address, family: address.includes(':') ? 6 : 4 }]),
    })
    signal.addEventListener('abort', () => request.destroy(signal.reason), { once: true })
    request.on('error', reject)
    request.on('response', (response) => {
      // What comes after the answer was read, or cut off, is nobody's.
      response.on('error', () => {})
      readAnswer(response, bytesMax).then((answer) => {
        resolve(answer)
        request.destroy()
      }, reject)
    })
    request.end(body)
  })
}

async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<OutgoingAnswer> {
  const { statusCode: status = 0 } = response
  const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of response as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > bytesMax) return { status, headers, body: undefined }
    pieces.push(piece)
  }
  return { status, headers, body: Buffer.concat(pieces) }
}
