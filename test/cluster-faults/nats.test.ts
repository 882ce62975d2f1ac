import { afterEach, describe, expect, test } from 'bun:test'
import type { Job } from '../../src/ports/messages.ts'
import { newJob, takeIds } from '../../src/ports/support.contract.ts'
import { newKeyspace, openQueue, type TestQueue } from '../cluster/nats.ts'
import { type NatsServers, startServers } from '../cluster/nats-servers.ts'
import { firstTimes, grouped, putAtLast, Witness } from '../cluster/nats-witness.ts'
import { until } from '../until.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function start(): Promise<{ servers: NatsServers; open: () => Promise<TestQueue> }> {
  const servers = await startServers({ servers: 3 })
  ending.push(() => servers.end())
  const keyspace = newKeyspace()
  return {
    servers,
    async open() {
      const own = await openQueue({ keyspace, settings: servers.settings, servers: 3 })
      ending.push(() => own.close())
      return own
    },
  }
}

describe('three NATS servers', () => {
  test('one that hangs with full buffers is left for another', async () => {
    const { servers, open } = await start()
    const own = await open()
    const { connection } = own.link
    const hung = servers.settings.nodes.findIndex(({ host }) => connection.getServer().startsWith(host))
    servers.pause(hung)
    ending.push(async () => servers.resume(hung))
    const much = new Uint8Array(500_000)
    for (let i = 0; i < 40; i++) connection.publish('nobody', much)
    await until(
      () => own.link.connected && !connection.getServer().startsWith(servers.settings.nodes[hung]!.host),
      15_000,
    )
    await putAtLast(own, newJob(takeIds(1)[0]!), 15_000)
  })

  test('three servers, each killed in turn under work: nothing taken is lost, order is kept', async () => {
    const { servers, open } = await start()
    const [offering, working, other] = [await open(), await open(), await open()]
    const witness = new Witness()
    ending.push(witness.work(working, 'worker'), witness.work(other, 'other'))
    const authors = takeIds(12)
    const taken: Job[] = []
    const offer = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const job = newJob(authors[taken.length % 12]!)
        await putAtLast(offering, job, 20_000)
        taken.push(job)
      }
    }
    await offer(100)
    for (let n = 0; n < 3; n++) {
      await servers.kill(n)
      await offer(100)
      await servers.start(n)
      await offer(50)
      await until(() => taken.every(({ id, author }) => witness.handed.get(author)?.includes(id)), 30_000)
    }
    expect(firstTimes(witness)).toEqual(grouped(taken))
  })
})
