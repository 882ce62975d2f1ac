import type { MessageId } from '../../src/core/ids.ts'
import type { ClusterEngine } from '../../src/engines/cluster/index.ts'
import { bodyShardOf } from '../../src/engines/cluster/redis/body-forgets.ts'
import { idText, keysOf } from '../../src/engines/cluster/redis/keys.ts'
import type { NewMessage } from '../../src/ports/messages.ts'
import { newMessage, takeId } from '../../src/ports/support.contract.ts'
import { until } from '../until.ts'
import type { OwnRedis } from './redis.ts'

type Process = Pick<ClusterEngine, 'messages' | 'stats'>

export const bodyKeyOf = (keyspace: string, id: MessageId): string =>
  keysOf(keyspace)[bodyShardOf(id)]!.bodies + idText(id)

/** What stands in Redis of a message: nothing, a lease or a body. */
export async function standing(redis: OwnRedis, key: string): Promise<'nothing' | 'lease' | 'body'> {
  const text = await redis.ask('GET', key)
  if (typeof text !== 'string') return 'nothing'
  return text.includes(' ?') ? 'lease' : 'body'
}

/** A message that was stored, and that this process has read and shared since. */
export async function sharedMessage(by: Process, redis: OwnRedis, keyspace: string): Promise<NewMessage> {
  const message = newMessage(takeId())
  await by.messages.store(message)
  await share(by, redis, keyspace, message.id)
  return message
}

export async function share(by: Process, redis: OwnRedis, keyspace: string, id: MessageId): Promise<void> {
  await by.messages.many([id])
  const key = bodyKeyOf(keyspace, id)
  await until(async () => (await standing(redis, key)) === 'body', 5_000, 'the body is shared')
}

/** What the process is given, and how often of these it found the body in Redis. */
export async function given(
  to: Process,
  ...ids: MessageId[]
): Promise<{ bodies: (string | undefined)[]; hits: number }> {
  const before = to.stats().sharedBodies.hits
  const found = await to.messages.many(ids)
  return { bodies: found.map((record) => record?.body), hits: to.stats().sharedBodies.hits - before }
}

/** How long the call took, in ms. */
export async function took(call: Promise<unknown>): Promise<number> {
  const began = performance.now()
  await call
  return performance.now() - began
}
