import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AxeResults } from 'axe-core'
import type { CDPSession, Page } from 'playwright-core'
import { becomes } from './harness.ts'

const source = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** How many animations will end some day and have not yet. */
const stillMoving =
  'document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity && one.playState === "running").length'

/**
 * What axe finds serious or critical on the page as it is now, in light and in dark, each a line; empty when nothing is.
 * It runs in a world of its own, which sees the document and not the page's script, so the page's CSP stays as strict as it is.
 */
export async function seriousFindings(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  try {
    const findings: string[] = []
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      // A colour on its way to another one has no contrast to speak of.
      await becomes(() => page.evaluate(stillMoving), 0)
      for (const { id, impact, help, nodes } of (await runAxe(session)).violations) {
        if (impact !== 'serious' && impact !== 'critical') continue
        for (const { target, failureSummary } of nodes) {
          findings.push(`${colorScheme}: ${id} (${impact}), ${help}: ${target.join(' ')}: ${failureSummary}`)
        }
      }
    }
    return findings
  } finally {
    await session.detach()
    await page.emulateMedia({ colorScheme: null })
  }
}

async function runAxe(session: CDPSession): Promise<Pick<AxeResults, 'violations'>> {
  const { frameTree } = await session.send('Page.getFrameTree')
  const world = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id, worldName: 'axe' })
  const contextId = world.executionContextId
  await session.send('Runtime.evaluate', { contextId, expression: source })
  const ran = await session.send('Runtime.evaluate', {
    contextId,
    expression: `axe.run(document, { resultTypes: ['violations'], preload: false }).then(({ violations }) => ({ violations }))`,
    awaitPromise: true,
    returnByValue: true,
  })
  if (ran.exceptionDetails) throw new Error(`axe: ${ran.exceptionDetails.exception?.description}`)
  return ran.result.value
}
