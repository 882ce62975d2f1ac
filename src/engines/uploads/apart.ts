import { mediaJobMs, mediaProcessIdleMs } from '../../core/limits.ts'
import { Refusal, type RefusalCode } from '../../core/refusal.ts'
import type { Prepare, Prepared } from '../../ports/prepare.ts'

export interface Job {
  readonly job: number
  readonly path: string
}

export type JobAnswer = { readonly job: number } & (
  | { readonly prepared: Prepared }
  | { readonly refused: { readonly code: RefusalCode; readonly detail: string; readonly field?: string } }
  | { readonly failed: string }
)

export interface PreparingApart {
  readonly prepare: Prepare
  /** Ends the process; what it was at is refused. */
  stop(): Promise<void>
}

/**
 * `Prepare` in a process of its own, which gives way to everybody else on the machine and knows no secrets: a file made to
 * break a decoder breaks only that. Started by the first upload, by `command`, which runs apart-process.ts; ended when none
 * came for a while.
 */
export function prepareApart(
  command: readonly string[],
  log: (problem: string, error: unknown) => void,
  jobMs = mediaJobMs,
): PreparingApart {
  type Waiting = PromiseWithResolvers<Prepared>
  /** With what each process is at. */
  let current: { process: Bun.Subprocess; waiting: Map<number, Waiting> } | undefined
  let jobs = 0
  let idle: ReturnType<typeof setTimeout> | undefined

  function start() {
    const waiting = new Map<number, Waiting>()
    const process = Bun.spawn([...command], {
      env: {},
      stdio: ['ignore', 'ignore', 'inherit'],
      serialization: 'json',
      ipc(message: JobAnswer) {
        const { job } = message
        const { resolve, reject } = waiting.get(job)!
        waiting.delete(job)
        if ('prepared' in message) resolve(message.prepared)
        else if ('failed' in message) reject(new Error(message.failed))
        else {
          const { code, detail, field } = message.refused
          reject(new Refusal(code, detail, field === undefined ? {} : { field }))
        }
      },
      onExit(_, status, signal) {
        if (current?.process === process) current = undefined
        if (waiting.size === 0) return
        log('the process that works on uploads ended while it was at some', new Error(`status ${status ?? signal}`))
        const broken = new Refusal('overloaded', 'The work on the upload was broken off: try again shortly.')
        for (const { reject } of waiting.values()) reject(broken)
      },
    })
    // It ends with this one, and keeps nobody waiting.
    process.unref()
    return { process, waiting }
  }

  function end(): void {
    current?.process.kill()
    current = undefined
  }

  return {
    async prepare(path) {
      clearTimeout(idle)
      current ??= start()
      const { process, waiting } = current
      const job = jobs++
      const answer = Promise.withResolvers<Prepared>()
      waiting.set(job, answer)
      const stuck = setTimeout(() => process.kill('SIGKILL'), jobMs)
      try {
        process.send({ job, path } satisfies Job)
      } catch {
        // It has ended a moment ago: what waits for it is refused once that is known.
      }
      try {
        return await answer.promise
      } finally {
        clearTimeout(stuck)
        if (waiting.size === 0 && current?.process === process) {
          idle = setTimeout(end, mediaProcessIdleMs)
          idle.unref()
        }
      }
    },
    async stop() {
      clearTimeout(idle)
      const process = current?.process
      end()
      await process?.exited
    },
  }
}
