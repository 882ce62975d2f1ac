import { expect, test } from 'bun:test'
import { fullShape } from '../../src/cli/cluster/make-trial.ts'
import { oneSentence, rookeryEnds } from '../cli/process.ts'
import { startFaultCluster } from './harness.ts'
import { engineOptions } from './servers.ts'

test('two Cassandra nodes, of which neither may fail, are refused in one sentence', async () => {
  const cluster = await startFaultCluster({ ...fullShape, cassandra: 2, nats: 1 })
  try {
    for (const replication of ['2', '3']) {
      const { status, out, errors } = await rookeryEnds(
        'serve',
        ...['--port', '0', ...engineOptions(cluster), '--replication', replication],
      )
      const last = `${errors.trimEnd().split('\n').at(-1)}\n`
      expect([status, out, last]).toEqual([1, '', expect.stringMatching(oneSentence)])
      expect(last).toContain('two nodes, of which neither may fail')
    }
  } finally {
    await cluster.end()
  }
}, 300_000)
