import { existsSync } from 'node:fs'
import { aptInstall, onPath, run, type Say, TrialProblem, told } from '../src/cli/cluster/tools.ts'

/** The variable that names the browser of tests, screenshots and `bench web`. */
export const chromiumVariable = 'ROOKERY_TEST_CHROMIUM'
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * The program of Chromium: the one that ROOKERY_TEST_CHROMIUM names, else on PATH, else fetched from Debian.
 * @throws TrialProblem naming what would bring it.
 */
export async function findChromium(say: Say, signal?: AbortSignal): Promise<string> {
  const given = process.env[chromiumVariable]
  if (given) {
    if (existsSync(given)) return given
    throw new TrialProblem(`${chromiumVariable} names ${given}, which is not there.`)
  }
  const found = await working()
  if (found) return found
  const missing = `Chromium is missing: put chromium or google-chrome on PATH, or its path into ${chromiumVariable}`
  if (!onPath('apt-get')) throw new TrialProblem(`${missing}.`)
  await told(say, 'fetching Chromium with apt-get', () => aptInstall(['chromium'], signal))
  signal?.throwIfAborted()
  const fetched = await working()
  if (fetched) return fetched
  throw new TrialProblem(`${missing}; apt-get could not fetch it, as root or with sudo.`)
}

/** The first on PATH that says its version: on some machines the name stands for a notice that says how to get it. */
async function working(): Promise<string | undefined> {
  for (const program of names.map(onPath)) {
    if (program && (await run([program, '--version'])).status === 0) return program
  }
  return undefined
}
