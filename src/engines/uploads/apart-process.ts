import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { Refusal } from '../../core/refusal.ts'
import type { Job, JobAnswer } from './apart.ts'
import { prepare } from './prepare.ts'

/** The process that `prepareApart` starts: works on what it is sent until the other end is gone. */
export async function prepareUploads(): Promise<number> {
  giveWay()
  const { promise: ended, resolve: end } = Promise.withResolvers<number>()
  process.on('disconnect', () => end(0))
  process.on('message', (job: Job) => void answerTo(job).then((answer) => process.send!(answer)))
  return ended
}

async function answerTo({ job, path }: Job): Promise<JobAnswer> {
  try {
    return { job, prepared: await prepare(path) }
  } catch (error) {
    if (!(error instanceof Refusal)) return { job, failed: String(error) }
    const { code, message: detail, field } = error
    return { job, refused: { code, detail, ...(field !== undefined && { field }) } }
  }
}

/** Linux has a priority for each thread, which those that it starts take over; elsewhere the process has one. */
function giveWay(): void {
  const threads = process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0]
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_LOW)
}
