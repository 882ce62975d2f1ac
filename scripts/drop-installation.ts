/** Takes away what an installation left in NATS and Redis: after tests and benchmarks, on servers that may be others' too. */
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

/** Deletes the streams of an installation, with what waits in them. */
export async function dropStreams(nats: string, keyspace: string): Promise<void> {
  const connection = await connect({ servers: nats.split(',') })
  const manager = await jetstreamManager(connection)
  for await (const { config } of manager.streams.list()) {
    if (config.name.startsWith(`${keyspace.toUpperCase()}_`)) await manager.streams.delete(config.name)
  }
  await connection.close()
}

/** Deletes what an installation holds in one Redis server, and its functions. */
export async function dropKeys(redis: string, keyspace: string): Promise<void> {
  const store = new Bun.RedisClient(`redis://${redis.split(',')[0]}`)
  for (let cursor = '0'; ; ) {
    const found = await store.send('SCAN', [cursor, 'MATCH', `${keyspace}:*`, 'COUNT', '1000'])
    const [next, keys] = found as [string, string[]]
    if (keys.length > 0) await store.send('UNLINK', keys)
    cursor = next
    if (cursor === '0') break
  }
  const libraries = (await store.send('FUNCTION', ['LIST', 'LIBRARYNAME', `${keyspace}_*`])) as {
    library_name: string
  }[]
  for (const { library_name: name } of libraries) await store.send('FUNCTION', ['DELETE', name])
  store.close()
}
