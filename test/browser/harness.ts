/** One Chromium for the whole run, a server for each file, a context with nothing in it for each visitor of a test. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { launchChromium, loggedIn } from '../../scripts/browser.ts'
import { type Account, call, signUp, type WireMessage } from '../system/client.ts'
import { rookery, ServerProcess, temporaryFolder } from '../system/server.ts'
import { type Complaints, watchContext } from './complaints.ts'

/** Longest wait for anything on a page, on a machine that does other work beside. */
const waitMsMax = 15_000

/** Chromium may never close a context one of whose pages is on its way elsewhere: that one ends with the browser. */
const closeMsMax = 10_000

let launching: Promise<Browser> | undefined

/** The browser of this run; it ends with the process. No name but 127.0.0.1 is resolved, so that nothing can leave. */
export function openBrowser(): Promise<Browser> {
  launching ??= launchChromium(['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'])
  return launching
}

/** A server of a test file, on the embedded engine and a folder of its own. */
export interface Site {
  readonly address: string
  readonly server: ServerProcess
  /** The folder of its data. */
  readonly data: string
  person(handle: string): Promise<Account>
  send(author: Account, text: string, more?: Record<string, unknown>): Promise<WireMessage>
  follow(follower: Account, followed: Account): Promise<void>
  /** Makes somebody a moderator, as the operator does it: from the shell, while the server runs. */
  moderate(who: Account): Promise<void>
  /** One call as that person; throws when it is refused. */
  ask<T = unknown>(who: Account, method: string, path: string, body?: unknown): Promise<T>
}

/** Starts a server before the tests of this file and ends it after them. */
export function openSite(args: string[] = []): Site {
  const folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const server = new ServerProcess(data, args)
  beforeAll(() => server.start())
  afterAll(async () => {
    await server.end('SIGTERM')
    folder.remove()
  })
  async function ask<T>(who: Account, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await call<T>(server.address, method, path, { token: who.token, body })
    if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status}`)
    return answer.body
  }
  return {
    server,
    data,
    get address() {
      return server.address
    },
    person: (handle) => signUp(server.address, handle),
    send: (author, text, more) => ask(author, 'POST', '/send', { text, ...more }),
    follow: (follower, followed) => ask(follower, 'PUT', `/users/${followed.id}/follow`, {}),
    async moderate({ handle }) {
      const child = rookery(['user', 'role', handle, 'moderator', '--data', data])
      if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr as ReadableStream).text())
    },
    ask,
  }
}

/** One who looks at the site, with a page of their own. */
export interface Visitor {
  readonly page: Page
  readonly complaints: Complaints
}

export interface VisitorOptions extends BrowserContextOptions {
  /** Logged in as this person. */
  readonly as?: Account
  readonly at: Site | { readonly address: string }
}

export type Visit = (options: VisitorOptions) => Promise<Visitor>

export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const

/**
 * A test in the browser. It fails as well on whatever any of its visitors' pages complains of: an error or a warning in the
 * console, an error nobody caught, a request to another host, a violation of the CSP, an answer of 500 or above, a dialog.
 */
export function journey(name: string, walk: (visit: Visit) => Promise<void>): void {
  test(name, async () => {
    const browser = await openBrowser()
    const visitors: Visitor[] = []
    const visit: Visit = async ({ as, at, ...options }) => {
      const state = as && (await loggedIn(at.address, as.token))
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...state, ...options })
      context.setDefaultTimeout(waitMsMax)
      const complaints = watchContext(context, at.address)
      const visitor = { page: await context.newPage(), complaints }
      visitors.push(visitor)
      return visitor
    }
    try {
      await walk(visit)
      expect(visitors.flatMap(({ complaints }) => complaints.open())).toEqual([])
    } catch (problem) {
      await tellFailure(name, visitors)
      throw problem
    } finally {
      const closed = visitors.map(({ page }) =>
        page
          .context()
          .close()
          .catch(() => {}),
      )
      await Promise.race([Promise.all(closed), Bun.sleep(closeMsMax)])
    }
  })
}

/** What the pages looked like when a test failed, for whoever mends it. */
async function tellFailure(name: string, visitors: readonly Visitor[]): Promise<void> {
  const folder = join(tmpdir(), 'rookery-browser')
  mkdirSync(folder, { recursive: true })
  for (const [i, { page, complaints }] of visitors.entries()) {
    const path = join(folder, `${name.replace(/\W+/g, '-').slice(0, 80)}-${i}.png`)
    const taken = await page.screenshot({ path, timeout: 5_000 }).then(
      () => `, see ${path}`,
      () => '',
    )
    console.error(`visitor ${i} of "${name}" was at ${page.url()}${taken}`, complaints.open())
  }
}

/** Waits until what is read is what is expected; fails with the difference when it does not become so. */
export async function becomes<T>(read: () => Promise<T> | T, wanted: T, ms = waitMsMax): Promise<void> {
  const deadline = performance.now() + ms
  for (;;) {
    const found = await read()
    if (Bun.deepEquals(found, wanted)) return
    if (performance.now() > deadline) return void expect<unknown>(found).toEqual(wanted)
    await Bun.sleep(10)
  }
}
