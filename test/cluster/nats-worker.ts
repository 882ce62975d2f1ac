/**
 * A worker process of its own, so that a test can kill or stop it. Arguments: NATS address, keyspace, what it does with jobs
 * (`work`, or `hang`: it never finishes one). Says `ready`, then a line for each job it is handed: `job ID AUTHOR TIME`.
 */
import { readNats } from '../../src/engines/cluster/settings.ts'
import { openQueue } from './nats.ts'

const [, , address, keyspace, what] = process.argv as string[]
const { queue } = await openQueue({ settings: readNats(address!), keyspace: keyspace! })
const say = (line: string) => process.stdout.write(`${line}\n`)
void queue.work(
  'job',
  async (jobs) => {
    for (const { id, author } of jobs) say(`job ${id} ${author} ${Date.now()}`)
    if (what === 'hang') await new Promise(() => {})
    return jobs.map(() => 'done')
  },
  new AbortController().signal,
)
say('ready')
