/** Where a request comes from: origins, cookies and addresses. */

export const cookieName = 'rookery'
/** Browsers keep no cookie for longer than 400 days (RFC 6265bis). */
const cookieSeconds = 400 * 24 * 3600

/** The origin that counts as ours, out of `--public-url`; undefined without one. */
export function originOf(publicUrl: string | undefined): string | undefined {
  return publicUrl === undefined ? undefined : new URL(publicUrl).origin
}

/** Whether the request names an `Origin`, and whether it is ours. */
export function originState(headers: Headers, ours: string | undefined): 'none' | 'same' | 'foreign' {
  const origin = headers.get('origin')
  if (origin === null) return 'none'
  if (ours !== undefined) return origin.toLowerCase() === ours ? 'same' : 'foreign'
  const host = headers.get('host')
  try {
    const { protocol, host: named } = new URL(origin)
    // Through URL both ways, so that a default port written out is the same as none.
    return host !== null && named !== '' && new URL(`${protocol}//${host}`).host === named ? 'same' : 'foreign'
  } catch {
    return 'foreign'
  }
}

/** Whether a request's `Origin` is ours, so that its cookie counts. */
export function createSameOrigin(publicUrl: string | undefined): (request: Request) => boolean {
  const ours = originOf(publicUrl)
  return (request) => originState(request.headers, ours) === 'same'
}

/** The token in our cookie, if the request carries one. */
export function cookieToken(headers: Headers): string | undefined {
  const cookies = headers.get('cookie')
  if (cookies === null) return undefined
  for (const cookie of cookies.split(';')) {
    const equals = cookie.indexOf('=')
    if (equals > 0 && cookie.slice(0, equals).trim() === cookieName) return cookie.slice(equals + 1).trim()
  }
  return undefined
}

/** `Set-Cookie` that carries the token, or takes it away. `Secure` when our origin is https. */
export function cookieHeader(token: string | undefined, headers: Headers, ours: string | undefined): string {
  const secure = (ours ?? headers.get('origin') ?? '').startsWith('https:') ? '; Secure' : ''
  const value = token === undefined ? '; Max-Age=0' : `; Max-Age=${cookieSeconds}`
  return `${cookieName}=${token ?? ''}; HttpOnly; SameSite=Lax; Path=/${secure}${value}`
}

/** `::ffff:10.0.0.1` is 10.0.0.1. */
function plainAddress(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

export function isLoopback(address: string): boolean {
  const plain = plainAddress(address)
  return plain === '::1' || plain.startsWith('127.')
}

/** Loopback, RFC 1918, link-local (RFC 3927, RFC 4291) and unique local addresses (RFC 4193). */
export function isPrivate(address: string): boolean {
  const plain = plainAddress(address)
  return (
    isLoopback(plain) ||
    /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2[0-9]|3[01])\.)/.test(plain) ||
    /^(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/i.test(plain)
  )
}

/**
 * Whom the request is from, for rates and for `/metrics`: the peer, or the last address a proxy on this machine put into
 * `X-Forwarded-For`. A peer from elsewhere could write anything there, so its word does not count.
 */
export function clientAddress(peer: string | undefined, headers: Headers): string {
  // No peer: a Unix socket, which only this machine reaches.
  if (peer !== undefined && !isLoopback(peer)) return plainAddress(peer)
  const forwarded = headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
  return plainAddress(forwarded || (peer ?? '127.0.0.1'))
}

/** What one subscriber holds: an IPv4 address, or the /64 of an IPv6 one. */
export function rateAddress(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const first = head.split(':')
  const groups = tail === undefined ? first : [...first, ...Array<string>(Math.max(0, 4 - first.length)).fill('0')]
  return groups.slice(0, 4).join(':')
}
