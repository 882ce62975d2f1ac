import { cookieToken } from '../origin.ts'
import { matchesEtag } from '../page.ts'
import { type Coding, codings } from './codings.ts'
import type { WebFile, WebFiles } from './web-file.ts'

/** Answers what a browser asks for that is no call of the API; undefined where there is nothing. */
export type Web = (request: Request, path: string) => Promise<Response | undefined>

/** The client's own pages (src/web/paths.ts); all are the same document. */
const page = /^\/(@[^/]+(\/[^/]+)?|inbox|explore|settings|login|signup|moderation|admin|compose)?\/?$/

/**
 * Nothing from elsewhere, and nothing that stands in the page itself; what could run scripts takes only what the page's own
 * policy has made.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types rookery',
].join('; ')

const everyHeader = {
  Vary: 'Accept-Encoding, Cookie',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': policy,
}

/** Serves the web client. `registration`: what the sign-up page says. `load` is called at the first request for a page. */
export function createWeb({
  registration,
  load = async () => (await import('./files.ts')).loadWeb(),
}: {
  registration: 'open' | 'invite' | 'closed'
  load?: () => Promise<WebFiles>
}): Web {
  let ready: Promise<ReadonlyMap<string, Ready>> | undefined

  async function prepare(): Promise<ReadonlyMap<string, Ready>> {
    const files = new Map(await load())
    const html = new TextDecoder().decode(files.get('index')!.bytes).replace('%REGISTRATION%', registration)
    // Read at the first page that is asked for, so that the server starts without it.
    const { webFile } = await import('./web-file.ts')
    for (const session of ['none', 'likely'] as const) {
      const bytes = new TextEncoder().encode(html.replace('%SESSION%', session))
      files.set(session, await webFile('index.html', false, bytes))
    }
    return new Map([...files].map(([path, file]) => [path, readyOf(file)]))
  }

  return async (request, path) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    const navigates = request.headers.get('accept')?.includes('text/html') ?? false
    const isPage = page.test(path)
    // What comes first would otherwise have the whole client built for a path nobody has.
    if (!isPage && !navigates && !/^\/(web\/|[\w-]+\.(js|svg|png|webmanifest)$)/.test(path)) return undefined
    ready ??= prepare()
    let files: ReadonlyMap<string, Ready>
    try {
      files = await ready
    } catch (error) {
      ready = undefined
      throw error
    }
    const file = isPage ? undefined : files.get(path)
    if (file) return fileResponse(file, 200, request.headers)
    if (!isPage && !navigates) return undefined
    // The page need not ask who a stranger is.
    const session = cookieToken(request.headers) === undefined ? 'none' : 'likely'
    return fileResponse(files.get(session)!, isPage ? 200 : 404, request.headers)
  }
}

interface Ready extends WebFile {
  readonly headers: Readonly<Record<string, string>>
}

function readyOf(file: WebFile): Ready {
  const etag = `W/"${new Bun.CryptoHasher('sha256').update(file.bytes).digest('base64url').slice(0, 22)}"`
  const cacheControl = file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache'
  return {
    ...file,
    headers: { ...everyHeader, 'Content-Type': file.type, ETag: etag, 'Cache-Control': cacheControl },
  }
}

function fileResponse(file: Ready, status: number, asked: Headers): Response {
  const ifNoneMatch = asked.get('if-none-match')
  if (status === 200 && ifNoneMatch !== null && matchesEtag(ifNoneMatch, file.headers.ETag!)) {
    return new Response(null, { status: 304, headers: file.headers })
  }
  const coding = codingFor(file, asked.get('accept-encoding') ?? '')
  const bytes = (coding === undefined ? file.bytes : file.packed[coding]!) as Uint8Array<ArrayBuffer>
  const headers = coding === undefined ? file.headers : { ...file.headers, 'Content-Encoding': coding }
  return new Response(bytes, { status, headers })
}

/** The best form that the browser takes; a coding with `q=0` is one it does not (RFC 9110, 12.5.3). */
function codingFor(file: WebFile, accepted: string): Coding | undefined {
  const taken = accepted
    .split(',')
    .map((each) => each.trim().split(/\s*;\s*q=/))
    .filter(([, weight]) => weight === undefined || Number(weight) > 0)
    .map(([name]) => name)
  return codings.find((coding) => file.packed[coding] !== undefined && taken.includes(coding))
}
