import { RedisClient } from 'bun'
import type { TrialNode } from './state.ts'

export interface RedisView {
  readonly version: string
  readonly usedBytes: number
  readonly keys: number
}

const answerMsMax = 2_000

/**
 * What a Redis server says of itself.
 * @throws when it does not answer within 2 s.
 */
export async function askRedis({ host, port }: Pick<TrialNode, 'host' | 'port'>): Promise<RedisView> {
  const client = new RedisClient(`redis://${host}:${port}`, {
    connectionTimeout: answerMsMax,
    autoReconnect: false,
    enableOfflineQueue: false,
  })
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`Redis does not answer within ${answerMsMax} ms`)), answerMsMax)
  try {
    const ask = async () => {
      await client.connect()
      const info = String(await client.send('INFO', []))
      const keys = Number(await client.send('DBSIZE', []))
      return { info, keys }
    }
    const { info, keys } = await Promise.race([ask(), late.promise])
    return {
      version: /^redis_version:(\S+)/m.exec(info)?.[1] ?? '',
      usedBytes: Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0),
      keys,
    }
  } finally {
    clearTimeout(timer)
    client.close()
  }
}
