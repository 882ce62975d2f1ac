import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, fillWhole, lastLines, onPath, run, type Say, TrialProblem, told } from './tools.ts'

/** What is fetched; 2.12 and later write groups of acknowledged messages with one sync. */
export const natsVersion = '2.15.2'
const oldest = [2, 12] as const

/** The program of a NATS server: on PATH, else in the cache, else built by Go. */
export async function findNats(say: Say, signal?: AbortSignal): Promise<string> {
  const folder = join(cacheFolder(), `nats-${natsVersion}`)
  const kept = join(folder, 'nats-server')
  const tooOld: string[] = []
  for (const program of [onPath('nats-server'), kept]) {
    if (!program || !existsSync(program)) continue
    const { output } = await run([program, '--version'])
    const [, major, minor] = /v(\d+)\.(\d+)/.exec(output) ?? []
    if (Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1])) return program
    tooOld.push(`${program} says ${lastLines(output, 1)}`)
  }
  const seen = tooOld.length > 0 ? ` (${tooOld.join(', ')})` : ''
  const wanted = `put nats-server ${oldest.join('.')} or newer on PATH`
  if (!onPath('go')) throw new TrialProblem(`NATS is missing${seen}: ${wanted}, or Go, which builds it.`)
  await told(say, `fetching NATS ${natsVersion} with go install`, () =>
    fillWhole(folder, async (empty) => {
      const module = `github.com/nats-io/nats-server/v2@v${natsVersion}`
      const { status, output } = await run(['go', 'install', module], { environment: { GOBIN: empty }, signal })
      signal?.throwIfAborted()
      if (status !== 0) {
        throw new TrialProblem(
          `NATS is missing${seen}: ${wanted}; \`go install ${module}\` said: ${lastLines(output)}.`,
        )
      }
    }),
  )
  return kept
}
