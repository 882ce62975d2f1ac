import type { Config } from '../config.ts'

/** Failures of the machine that a person can mend, by the system's name for them. */
function machineSentence(code: string, config: Pick<Config, 'host' | 'port' | 'data'> | undefined): string | undefined {
  if (config === undefined) return undefined
  const { host, port, data } = config
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host} is taken: stop what uses it, or give --port another one (0 takes a free one).`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: give --host one that is, such as 127.0.0.1 or 0.0.0.0.`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `The data folder ${data} or port ${port} is not ours to use: check the rights, or choose others with --data and --port.`
    case 'SQLITE_CANTOPEN':
      return `The data folder ${data} cannot be opened: check that it is a folder, whole and ours, or give --data another one.`
    case 'ENOTDIR':
    case 'EEXIST':
      return `${data} is not a folder: give --data another one.`
    case 'ENOSPC':
      return `The disk of ${data} is full: make room, then start again.`
    default:
      return undefined
  }
}

/** What listening fails with that says why; on a host that is no address at all Bun gives whatever code came last. */
const listenCodes = new Set(['EADDRINUSE', 'EACCES', 'EPERM'])

function codeOf(problem: Error, code: string): string {
  const listening = (problem as { syscall?: unknown }).syscall === 'listen'
  return listening && !listenCodes.has(code) ? 'EADDRNOTAVAIL' : code
}

const bugs = new Set(['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError'])

/**
 * What a command that failed says, in one sentence: errors with a name of their own (a refusal, a locked folder) are for
 * people and say what to do; those of the system are put into words; anything else is a bug and shows where it happened.
 */
export function failureSentence(problem: unknown, config?: Pick<Config, 'host' | 'port' | 'data'>): string {
  if (!(problem instanceof Error)) return String(problem)
  const code = (problem as { code?: unknown }).code
  const words = typeof code === 'string' ? machineSentence(codeOf(problem, code), config) : undefined
  if (words !== undefined) return words
  if (typeof code === 'string' || !bugs.has(problem.name)) return problem.message
  return problem.stack ?? problem.message
}
