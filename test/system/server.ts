import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dir, '..', '..')

/** A new empty folder in the system's temporary one, removed by `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'rookery-test-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** A command of `./rookery`, as a child process. */
export function rookery(
  args: string[],
  options: { stdin?: Blob; stdout?: 'pipe' | 'ignore'; env?: Record<string, string> } = {},
) {
  return Bun.spawn([process.execPath, join(root, 'src', 'main.ts'), ...args], {
    stdin: options.stdin ?? 'ignore',
    stdout: options.stdout ?? 'pipe',
    stderr: 'pipe',
    env: { ...process.env, ROOKERY_RATE_LIMITS: 'off', ...options.env },
  })
}

/** One server in a process of its own, which can be ended and started again on the same folder and port. */
export class ServerProcess {
  readonly #args: string[]
  readonly #env: Record<string, string>
  #child: ReturnType<typeof rookery> | undefined
  #port = 0
  #errors = ''

  constructor(
    /** Its folder. */
    readonly data: string,
    args: string[] = [],
    env: Record<string, string> = {},
  ) {
    this.#args = ['serve', '--data', data, ...args]
    this.#env = env
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get pid(): number {
    return this.#child!.pid
  }

  /** What it wrote to standard error since its first start. */
  get errors(): string {
    return this.#errors
  }

  /** Resolves once it has said that it listens; throws with its standard error when it ends instead. */
  async start(): Promise<void> {
    const child = rookery([...this.#args, '--port', String(this.#port)], { env: this.#env })
    this.#child = child
    void this.#collect(child.stderr as ReadableStream<Uint8Array>)
    let out = ''
    for await (const chunk of child.stdout as ReadableStream<Uint8Array>) {
      out += new TextDecoder().decode(chunk)
      const found = /^listening on http:\/\/[^:]+:(\d+)$/m.exec(out)
      if (found === null) continue
      this.#port = Number(found[1])
      return
    }
    throw new Error(`the server ended with ${await child.exited} before it listened: ${this.#errors}`)
  }

  /** Resolves to its exit status when it ends by itself. */
  async ended(): Promise<number> {
    return this.#child!.exited
  }

  /** Ends it by its process id; resolves to its exit status (null when the signal ended it). */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    this.#child = undefined
    child.kill(signal)
    await child.exited
    return child.signalCode === null ? child.exitCode : null
  }

  async #collect(stderr: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of stderr) this.#errors = (this.#errors + new TextDecoder().decode(chunk)).slice(-2_000_000)
  }
}
