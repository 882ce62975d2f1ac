/**
 * What the program says about itself. Lines go to standard error; fields never hold a token, a password or a text that
 * someone wrote.
 */
export interface Log {
  info(fields: object, line: string): void
  warn(fields: object, line: string): void
  error(fields: object, line: string): void
  fatal(fields: object, line: string): void
}

/** Says nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {}, fatal() {} }
