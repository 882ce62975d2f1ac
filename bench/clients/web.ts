/**
 * The browser of `bench web`: one Chromium, one page, one measurement. Reads a `WebJob` as JSON from standard input, prints a
 * `WebOutcome`.
 */
import type { CDPSession, Page } from 'playwright-core'
import { launchChromium, loggedIn } from '../../scripts/browser.ts'

export interface WebJob {
  readonly measure: 'view' | 'live' | 'scroll' | 'memory'
  readonly port: number
  /** Whoever reads in the page; empty for a page that knows no tokens. */
  readonly readerToken: string
  /** Whoever writes what comes live. */
  readonly authorToken: string
  /** Messages that are sent, or scrolled past. */
  readonly messages: number
}

/** Each measurement fills what is its own. */
export interface WebOutcome {
  /** Compressed bytes of all scripts, and of everything the page has loaded, once the timeline stands. */
  readonly scriptBytes?: number
  readonly allBytes?: number
  readonly firstPaintMs?: number
  /** Until the first message is on screen; 0 where there is none. */
  readonly firstMessageMs?: number
  /** From the request to the screen, a message each. */
  readonly liveMs?: readonly number[]
  /** From the answer to the screen; below 0 where the socket was quicker. */
  readonly afterAnswerMs?: readonly number[]
  /** By the clock, and how much of the processor's time it took: more than that is what others on the machine cost. */
  readonly longestTaskMs?: number
  readonly longestTaskCpuMs?: number
  readonly scrolledPast?: number
  readonly heapMB?: readonly number[]
  readonly nodes?: readonly number[]
}

const job = (await Bun.stdin.json()) as WebJob
const address = `http://127.0.0.1:${job.port}`
const browser = await launchChromium()
const state = job.readerToken ? await loggedIn(address, job.readerToken) : {}
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...state })
context.setDefaultTimeout(60_000)
// Notes when an article with a marked text was painted: a frame after it came into the document.
await context.addInitScript(`
  globalThis.painted = new Map()
  new MutationObserver((changes) => {
    const found = []
    for (const { addedNodes } of changes) for (const node of addedNodes) {
      for (const [mark] of (node.textContent ?? '').matchAll(/live-\\d+-/g)) found.push(mark)
    }
    if (found.length === 0) return
    requestAnimationFrame(() => setTimeout(() => {
      const at = performance.timeOrigin + performance.now()
      for (const mark of found) if (!painted.has(mark)) painted.set(mark, at)
    }))
  }).observe(document, { childList: true, subtree: true })
`)
const page = await context.newPage()
const session = await context.newCDPSession(page)
const measures = { view, live, scroll, memory }
const outcome = await measures[job.measure]()
await browser.close()
console.log(JSON.stringify(outcome))

/** Waits until it holds in the page; Playwright's own way is refused by a strict CSP. */
async function holds(condition: string): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await page.evaluate(condition))) {
    if (performance.now() > deadline) throw new Error(`${condition} did not come to hold`)
  }
}

/** The first visit, with nothing in any cache. */
async function view(): Promise<WebOutcome> {
  // Out of a folder of sources the client is built at the first request.
  await (await fetch(address)).arrayBuffer()
  await page.goto(address)
  const hasMessages = job.readerToken !== ''
  if (hasMessages) await page.getByRole('article').first().waitFor()
  await holds(`performance.getEntriesByName('first-contentful-paint').length > 0`)
  const [firstPaintMs, now] = (await page.evaluate(
    `[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]`,
  )) as [number, number]
  const loaded = (await page.evaluate(
    `performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize])`,
  )) as [string, number][]
  const bytes = (of: RegExp) => loaded.reduce((sum, [name, size]) => sum + (of.test(name) ? size : 0), 0)
  return { scriptBytes: bytes(/\.js$/), allBytes: bytes(/./), firstPaintMs, firstMessageMs: hasMessages ? now : 0 }
}

/** How far the page's clock is ahead of this process's, by the quickest of some questions. */
async function clockAhead(page: Page): Promise<number> {
  let [ahead, quickest] = [0, Number.POSITIVE_INFINITY]
  for (let i = 0; i < 50; i++) {
    const asked = now()
    const there = (await page.evaluate('performance.timeOrigin + performance.now()')) as number
    const took = now() - asked
    if (took < quickest) [ahead, quickest] = [there - (asked + took / 2), took]
  }
  return ahead
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

async function send(text: string): Promise<void> {
  const response = await fetch(`${address}/send`, {
    method: 'POST',
    headers: { authorization: `Bearer ${job.authorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  })
  await response.arrayBuffer()
  if (response.status !== 201) throw new Error(`send answered ${response.status}`)
}

/** Waits until the page has opened its socket. */
async function openLive(): Promise<void> {
  const opened = page.waitForEvent('websocket')
  await page.goto(address)
  const socket = await opened
  if (job.readerToken === '') return
  await socket.waitForEvent('framereceived', ({ payload }) => String(payload).includes('"ready"')).catch(() => {})
  await page.getByRole('article').first().waitFor()
}

async function live(): Promise<WebOutcome> {
  await openLive()
  const ahead = await clockAhead(page)
  const [liveMs, afterAnswerMs] = [[] as number[], [] as number[]]
  for (let i = 0; i < job.messages; i++) {
    const mark = `live-${i}-`
    const sent = now()
    await send(`${mark} a message that comes live`)
    const answered = now()
    await holds(`painted.has('${mark}')`)
    const painted = ((await page.evaluate(`painted.get('${mark}')`)) as number) - ahead
    liveMs.push(painted - sent)
    afterAnswerMs.push(painted - answered)
  }
  return { liveMs, afterAnswerMs }
}

/** Scrolls down the timeline as a quick hand does, until it has passed so many messages. */
async function scroll(): Promise<WebOutcome> {
  await page.goto(address)
  await page.getByRole('article').first().waitFor()
  await page.mouse.move(640, 400)
  // An id each: a list may let go of what is far above.
  await page.evaluate(`globalThis.passed = new Set()`)
  const look = `document.querySelectorAll('[data-row]').forEach((row) => passed.add(row.dataset.row)), passed.size`
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] })
  let scrolledPast = 0
  for (let still = 0; scrolledPast < job.messages && still < 200; ) {
    await page.mouse.wheel(0, 700)
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
    const seen = (await page.evaluate(look)) as number
    still = seen === scrolledPast ? still + 1 : 0
    scrolledPast = seen
  }
  return { ...longestTasks(await browser.stopTracing()), scrolledPast }
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds by the clock, and of the thread. */
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** The longest tasks of any page's main thread in a trace, in milliseconds. */
function longestTasks(trace: Buffer): { longestTaskMs: number; longestTaskCpuMs: number } {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const thread = ({ pid, tid }: TraceEvent) => `${pid}/${tid}`
  const main = new Set(
    traceEvents.filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain').map(thread),
  )
  const tasks = traceEvents.filter(
    (e) => (e.name === 'RunTask' || e.name === 'ThreadControllerImpl::RunTask') && main.has(thread(e)),
  )
  if (tasks.length === 0) throw new Error('the trace has no tasks')
  const longest = (of: (e: TraceEvent) => number | undefined) => Math.max(...tasks.map((e) => (of(e) ?? 0) / 1000))
  return { longestTaskMs: longest((e) => e.dur), longestTaskCpuMs: longest((e) => e.tdur) }
}

async function heap(session: CDPSession): Promise<{ heapMB: number; nodes: number }> {
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const metric = (name: string) => metrics.find((m) => m.name === name)!.value
  return { heapMB: metric('JSHeapUsedSize') / 1e6, nodes: metric('Nodes') }
}

/** Memory of the tab after a fifth of the messages, and after all of them. */
async function memory(): Promise<WebOutcome> {
  await session.send('Performance.enable')
  await openLive()
  const [heapMB, nodes] = [[] as number[], [] as number[]]
  const warm = Math.ceil(job.messages / 5)
  for (let i = 1; i <= warm + job.messages; i++) {
    const mark = `live-${i}-`
    await send(`${mark} one of very many messages that come live, of about the length that people write`)
    // Not further ahead than a busy page is in use.
    if (i % 100 === 0 || i === warm + job.messages) await holds(`painted.has('${mark}')`)
    if (i % 100 === 0) await page.evaluate('painted.clear()')
    if (i !== warm && i !== warm + job.messages) continue
    const measured = await heap(session)
    heapMB.push(measured.heapMB)
    nodes.push(measured.nodes)
  }
  return { heapMB, nodes }
}
