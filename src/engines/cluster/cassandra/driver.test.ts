import { expect, test } from 'bun:test'
import { Client, type HostMap } from 'cassandra-driver'
import { rebuildTokenMap } from './driver.ts'

/** What the driver knows of a ring, put into a client that is not connected. */
function ringOf(client: Client, tokens: readonly string[]): void {
  const hosts = client.hosts as HostMap & { set(address: string, host: unknown): void }
  tokens.forEach((token, i) => {
    hosts.set(`127.0.0.${i + 1}:9042`, {
      address: `127.0.0.${i + 1}:9042`,
      tokens: [token],
      datacenter: 'dc',
      rack: 'r',
    })
  })
}

test('a node that joins is among the replicas at once, and no token is without any', () => {
  const client = new Client({ contactPoints: ['127.0.0.1'], localDataCenter: 'dc' })
  const metadata = client.metadata as unknown as {
    setPartitioner(name: string): void
    keyspaces: Record<string, unknown>
    getReplicas(keyspace: string, token: unknown): { address: string }[] | undefined
    newToken(text: string): unknown
  }
  metadata.setPartitioner('org.apache.cassandra.dht.Murmur3Partitioner')
  // One replica a token: the node that owns it.
  const tokenToReplica = (_: unknown, ring: string[], primaries: Record<string, unknown>) =>
    Object.fromEntries(ring.map((token) => [token, [primaries[token]]]))
  metadata.keyspaces = { rookery: { replicas: null, tokenToReplica } }
  const ownerOf = (token: string) => metadata.getReplicas('rookery', metadata.newToken(token))?.[0]?.address

  ringOf(client, ['-9000', '0', '9000'])
  rebuildTokenMap(client)
  expect(ownerOf('4000')).toBe('127.0.0.3:9042')
  ringOf(client, ['-9000', '0', '9000', '4500'])
  rebuildTokenMap(client)
  expect(ownerOf('4000')).toBe('127.0.0.4:9042')
})
