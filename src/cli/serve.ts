import type { App } from '../app.ts'
import { roles } from '../config.ts'
import type { Log } from '../core/log.ts'
import { Usage } from '../options.ts'
import { allShared, type Form, readArguments } from './arguments.ts'
import { failureSentence } from './failure.ts'
import { createLog } from './logger.ts'

export const serveForm = {
  name: 'serve',
  does: 'Runs the server until SIGTERM or SIGINT',
  positionals: [],
  own: {},
  shared: allShared,
  notes: 'When ready it prints `listening on http://HOST:PORT` on standard output; logs go to standard error.',
} satisfies Form<Record<never, never>>

/** API.md: a drain ends within 10 s; what is not finished by then was not acknowledged. */
const drainMs = 9_000

export async function serveCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(serveForm, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const { config } = read
  if (config.engine !== 'cluster' && config.roles.length < roles.length) {
    throw new Usage('--roles needs --engine cluster: every other engine is one process that does it all.')
  }
  if (config.keep !== undefined && 'bytes' in config.keep && config.engine !== 'embedded') {
    throw new Usage('--keep takes a size with --engine embedded alone: no other engine knows its own; give an age.')
  }
  const log = createLog()
  endOnBugs(log)

  const signalled = firstSignal()
  const { createApp } = await import('../app.ts')
  let app: App | undefined
  // Engines that are away are tried for a while: whoever ends this process meanwhile need not wait for that.
  if (config.engine === 'cluster') void signalled.then(() => app ?? process.exit(0))
  try {
    app = await createApp(config, { log })
  } catch (problem) {
    process.stderr.write(`rookery: ${failureSentence(problem, config)}\n`)
    process.exit(problem instanceof Usage ? 2 : 1)
  }
  process.stdout.write(`listening on ${app.address}\n`)
  // Somebody sits in front of it, and will open the page next: it is built meanwhile.
  if (process.stdout.isTTY) fetch(app.address, { headers: { Accept: 'text/html' } }).catch(() => {})
  if (!config.rateLimits) log.warn({}, 'rate limits are off: for tests and benchmarks only')
  if (config.keep !== undefined) log.info({ keep: config.keep }, 'messages beyond --keep are taken away, for good')
  if (config.engine === 'memory') log.warn({}, 'the memory engine keeps nothing across a restart')
  const ended = await Promise.race([signalled, app.closed])
  // The store has failed: clients whose connections stay open must not keep the process alive.
  if (typeof ended === 'number') process.exit(ended)
  log.info({ signal: ended }, 'draining')
  await drain(app, log)
  log.info({}, 'stopped')
  return 0
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
function firstSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  let seen = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (seen) process.exit(0)
      seen = true
      resolve(signal)
    })
  }
  return promise
}

async function drain(app: App, log: Log): Promise<void> {
  const late = setTimeout(() => {
    log.warn({ ms: drainMs }, 'the drain took too long and was cut off; everything acknowledged is stored')
    process.exit(0)
  }, drainMs)
  await app.stop()
  clearTimeout(late)
}

/** A bug outside any request ends the process: its state can no longer be trusted, the next start reads the truth. */
function endOnBugs(log: Log): void {
  const end = (error: unknown) => {
    log.fatal({ err: error }, 'an error nobody handled; the process ends')
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}
