import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTrial, fullShape } from '../../src/cli/cluster/make-trial.ts'
import type { Trial } from '../../src/cli/cluster/trial.ts'

/** A three-node cluster for one test file: `kill`, `pause`, `wipe`, `start` and `addCassandra` are its faults. */
export interface FaultCluster extends Trial {
  /** Kills all that runs of it, and deletes it. */
  end(): Promise<void>
}

/** Starts three Cassandra nodes, Redis and three NATS servers (or another shape) in a temporary folder; call `end` in `afterAll`. */
export async function startFaultCluster(shape = fullShape): Promise<FaultCluster> {
  const parent = mkdtempSync(join(tmpdir(), 'rookery-faults-'))
  const remove = () => rmSync(parent, { recursive: true, force: true })
  try {
    const trial = await createTrial(join(parent, 'trial'), shape, (line) => console.error(line))
    await trial.up()
    return { ...trial, end: () => trial.down(0).then(remove) }
  } catch (problem) {
    remove()
    throw problem
  }
}
