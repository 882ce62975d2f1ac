import { importJWK, jwtVerify } from 'jose'
import { check } from '../../src/core/check.ts'
import { PushPayload } from '../../src/core/wire-push.ts'
import { type BrowserKeys, browserKeys, decrypted } from './browser.ts'

/** A push as it came. */
export interface Received {
  readonly browser: Browser
  readonly payload: PushPayload
  readonly ttl: string | null
  readonly urgency: string | null
  readonly topic: string | null
  readonly bytes: number
  /** `performance.now()`. */
  readonly at: number
}

/** A browser with a subscription at the push service. */
export interface Browser extends BrowserKeys {
  readonly endpoint: string
}

type Answers = (browser: Browser) => Response | Promise<Response>

/** A push service on this machine: reads each push as its browser would, and checks who signed it. */
export interface PushService {
  readonly origin: string
  browser(): Browser
  readonly received: Received[]
  of(browser: Browser): Received[]
  /** What is answered from now on; without it, 201. */
  answer(how?: Answers): void
  /** Requests that were no push that its browser could read, or not signed by the installation. */
  readonly wrong: unknown[]
  close(): Promise<void>
}

/** `key`: of the installation, as `GET /push/key` gives it. */
export function openPushService(key: () => string): PushService {
  const browsers = new Map<string, Browser>()
  const received: Received[] = []
  const wrong: unknown[] = []
  const created: Answers = () => new Response(null, { status: 201 })
  let answers = created

  async function mustBeSigned(header: string | null): Promise<void> {
    const [, token, point] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(header ?? '') ?? []
    if (point !== key()) throw new Error(`not the installation's key: ${point}`)
    const bytes = Buffer.from(point, 'base64url')
    const [x, y] = [bytes.subarray(1, 33), bytes.subarray(33)].map((half) => half.toString('base64url'))
    const { payload } = await jwtVerify(token!, await importJWK({ kty: 'EC', crv: 'P-256', x: x!, y: y! }, 'ES256'), {
      audience: origin,
      algorithms: ['ES256'],
      requiredClaims: ['exp', 'sub'],
    })
    if (payload.exp! > Date.now() / 1_000 + 24 * 3600) throw new Error('signed for more than a day')
    if (!/^(https:|mailto:)/.test(payload.sub!)) throw new Error(`nobody to turn to: ${payload.sub}`)
  }

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      try {
        const browser = browsers.get(new URL(request.url).pathname)
        if (browser === undefined || request.method !== 'POST') throw new Error(`${request.method} ${request.url}`)
        const { headers } = request
        await mustBeSigned(headers.get('authorization'))
        if (headers.get('content-encoding') !== 'aes128gcm') throw new Error('not encrypted as RFC 8188 says')
        const body = new Uint8Array(await request.arrayBuffer())
        const payload = check(PushPayload, JSON.parse(decrypted(body, browser)))
        const [ttl, urgency, topic] = ['ttl', 'urgency', 'topic'].map((name) => headers.get(name)) as [null, null, null]
        received.push({ browser, payload, ttl, urgency, topic, bytes: body.length, at: performance.now() })
        return await answers(browser)
      } catch (error) {
        wrong.push(error)
        return new Response(null, { status: 400 })
      }
    },
  })
  const origin = `http://127.0.0.1:${server.port}`

  return {
    origin,
    received,
    wrong,
    browser() {
      const path = `/push/${crypto.randomUUID()}`
      const browser = { ...browserKeys(), endpoint: origin + path }
      browsers.set(path, browser)
      return browser
    },
    of: (browser) => received.filter((one) => one.browser === browser),
    answer(how = created) {
      answers = how
    },
    close: () => server.stop(true),
  }
}
