import type { BrowserContext, ConsoleMessage } from 'playwright-core'

/** What went wrong in a visitor's pages and service workers, each a line; empty when all is well. */
export interface Complaints {
  /** Those that were not foreseen. */
  open(): string[]
  /** A test that makes something fail on purpose says what the browser will log about it. */
  foresee(...lines: RegExp[]): void
}

/** Hears all that happens in a context from now on. Only `address` may be asked for anything. */
export function watchContext(context: BrowserContext, address: string): Complaints {
  const lines: string[] = []
  const foreseen: RegExp[] = []
  const own = new URL(address)
  const isOwn = (url: string) => {
    const { protocol, host } = new URL(url)
    return ['data:', 'blob:', 'about:'].includes(protocol) || host === own.host
  }
  const hear = (message: ConsoleMessage) => {
    if (!['error', 'warning', 'assert'].includes(message.type())) return
    lines.push(`console ${message.type()}: ${message.text()} (${message.location().url})`)
  }

  context.on('console', hear)
  context.on('weberror', (thrown) => lines.push(`error: ${thrown.error().stack ?? thrown.error().message}`))
  context.on('request', (request) => {
    if (!isOwn(request.url())) lines.push(`request to another host: ${request.url()}`)
  })
  context.on('response', (response) => {
    if (response.status() >= 500) lines.push(`answer ${response.status()}: ${response.url()}`)
  })
  // Closed at once: an open dialog would hold up everything else on its page.
  context.on('dialog', (dialog) => {
    lines.push(`dialog ${dialog.type()}: ${dialog.message()}`)
    dialog.dismiss().catch(() => {})
  })
  context.on('serviceworker', (worker) => worker.on('console', hear))
  context.on('page', (page) => {
    page.on('crash', () => lines.push(`the tab of ${page.url()} crashed`))
    page.on('websocket', (socket) => {
      if (!isOwn(socket.url())) lines.push(`socket to another host: ${socket.url()}`)
    })
  })
  return {
    open: () => lines.filter((line) => !foreseen.some((pattern) => pattern.test(line))),
    foresee: (...patterns) => void foreseen.push(...patterns),
  }
}
