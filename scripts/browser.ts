/** The browser of tests, screenshots and `bench web`, and who is logged in there. */
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'
import { findChromium } from './chromium.ts'

/** Starts a headless Chromium; it ends with this process at the latest. @throws TrialProblem where there is none. */
export async function launchChromium(args: string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium((line) => console.error(line)),
    headless: true,
    // Its sandbox refuses to begin as root.
    args: [...args, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
}

/** What a browser holds in which that token's user is logged in to the web client: the cookie, and who it is. */
export async function loggedIn(address: string, token: string): Promise<Pick<BrowserContextOptions, 'storageState'>> {
  const answer = await fetch(`${address}/users/me`, { headers: { authorization: `Bearer ${token}` } })
  if (answer.status !== 200) throw new Error(`/users/me answered ${answer.status}`)
  const { hostname } = new URL(address)
  const cookie = { name: 'rookery', value: token, domain: hostname, path: '/', expires: -1, secure: false }
  return {
    storageState: {
      cookies: [{ ...cookie, httpOnly: true, sameSite: 'Lax' }],
      origins: [{ origin: address, localStorage: [{ name: 'me', value: await answer.text() }] }],
    },
  }
}
