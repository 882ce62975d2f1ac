import { resolve } from 'node:path'
import { text } from '../../options.ts'
import { type Say, TrialProblem } from './tools.ts'
import { openTrial, type Trial } from './trial.ts'

/** The option that all commands on a trial cluster share. */
export const dirOption = text(
  { flag: 'dir', value: 'FOLDER', help: "the trial's folder: settings, data, logs and what runs" },
  './cluster-trial',
)

/** Progress for the person who waits; what a script wants is on standard output. */
export const say: Say = (line) => void process.stderr.write(`${line}\n`)

/** The trial in that folder. @throws TrialProblem when there is none. */
export function trialThere(dir: string): Trial {
  const trial = openTrial(dir, say)
  if (trial) return trial
  throw new TrialProblem(`There is no trial cluster in ${resolve(dir)}: \`rookery cluster up\` makes one.`)
}

/** The line that serves on this cluster, as `up` prints it last. */
export function serveLine(trial: Trial): string {
  const { cassandra, redis, nats, natsMonitor, replication } = trial.addresses()
  return `./rookery serve --engine cluster --cassandra ${cassandra} --replication ${replication} --redis ${redis} --nats ${nats} --nats-monitor ${natsMonitor}`
}

/** Runs `work` with a signal that SIGINT and SIGTERM set; an interrupted one ends in one sentence. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupted = new AbortController()
  const stop = () => interrupted.abort()
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop)
  try {
    return await work(interrupted.signal)
  } catch (problem) {
    if (!interrupted.signal.aborted) throw problem
    throw new TrialProblem('Interrupted: what this command started has been ended.')
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop)
  }
}
