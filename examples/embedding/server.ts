/**
 * A product with accounts of its own that shows Rookery's feed to its users: it signs them in as it always did, and gives
 * the page a short-lived token that Rookery takes for theirs. Nobody has a second account or password.
 *
 *   ROOKERY_JWT_SECRET=… npm start                                       # Rookery, and beside it, with the same secret:
 *   ROOKERY_JWT_SECRET=… sh scripts/run.sh examples/embedding/server.ts http://127.0.0.1:8080
 */
import { createHmac, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

const [rookery = 'http://127.0.0.1:8080'] = process.argv.slice(2)
const secret = process.env.ROOKERY_JWT_SECRET
if (!secret) {
  console.error('usage: ROOKERY_JWT_SECRET=… server.ts ROOKERY_URL')
  process.exit(2)
}

// What the product has anyway: users with ids of its own, and sessions.
const users: Record<string, { id: string; login: string; name: string }> = {
  ann: { id: 'user-17', login: 'ann', name: 'Ann Example' },
  bob: { id: 'user-23', login: 'bob', name: 'Bob Example' },
}
const sessions = new Map<string, (typeof users)[string]>()

/** RFC 7519, HS256: three parts in base64url. Any JWT library does the same. */
function feedToken({ id, login, name }: (typeof users)[string]): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1_000)
  // `sub` is the product's own id: it never changes, and is all that is needed. The rest is what people see.
  const claims = { sub: id, preferred_username: login, name, iat: now, exp: now + 600 }
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret!).update(signed).digest('base64url')}`
}

function userOf(request: IncomingMessage) {
  return sessions.get(/(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '')
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const send = (status: number, type: string, body: string, headers: Record<string, string> = {}) =>
    response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers }).end(body)
  const user = userOf(request)

  if (request.method === 'POST' && pathname === '/login') {
    const known = users[searchParams.get('as') ?? '']
    if (!known) return send(404, 'text/plain', 'no such user')
    const session = randomBytes(16).toString('base64url')
    sessions.set(session, known)
    return send(303, 'text/plain', '', { Location: '/', 'Set-Cookie': `session=${session}; HttpOnly; SameSite=Lax` })
  }
  if (pathname === '/feed-token') {
    // The page asks for a new one whenever it connects. Only the product's own session gives it.
    if (!user) return send(401, 'application/json', '{}')
    return send(200, 'application/json', JSON.stringify({ url: rookery, token: feedToken(user) }))
  }
  if (pathname === '/feed.js')
    return send(200, 'text/javascript', await readFile(`${import.meta.dirname}/feed.js`, 'utf8'))
  if (pathname !== '/') return send(404, 'text/plain', 'nothing here')
  return send(200, 'text/html; charset=utf-8', await readFile(`${import.meta.dirname}/page.html`, 'utf8'))
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`the product is at http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
