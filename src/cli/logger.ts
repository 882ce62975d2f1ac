import { writeSync } from 'node:fs'
import { pino } from 'pino'
import type { Log } from '../core/log.ts'

const colours: Record<number, string> = {
  30: '\x1b[32minfo ',
  40: '\x1b[33mwarn ',
  50: '\x1b[31merror',
  60: '\x1b[35mfatal',
}

/** One JSON line as a person reads it: time, level, line, then the fields. */
export function readableLine(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as { level: number; time: string; msg?: string }
  const rest = Object.entries(fields).map(([key, value]) => {
    if (key === 'err') return `\n${(value as { stack?: string }).stack ?? JSON.stringify(value)}`
    return ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`
  })
  return `${time.slice(11, 23)} ${colours[level] ?? 'log'}\x1b[0m ${msg ?? ''}\x1b[2m${rest.join('')}\x1b[0m\n`
}

function write(line: string): void {
  try {
    writeSync(2, line)
  } catch {
    // Standard error is closed or full: a log line must never end the server.
  }
}

/**
 * Logs to standard error: JSON lines, or readable ones on a terminal. Lines are written at once, so that the last one
 * before an exit is not lost; there are few of them, none per request.
 */
export function createLog(readable: boolean = process.stderr.isTTY === true): Log {
  return pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secrets, censor: '[removed]' },
    },
    { write: (line: string) => write(readable ? readableLine(line) : line) },
  )
}

/** A second fence: nothing logs these, and if something did, they would not be shown. */
const secrets = ['token', 'password', 'authorization', 'cookie', 'headers', '*.token', '*.password', '*.authorization']
