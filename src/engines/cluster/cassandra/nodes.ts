import type { Client } from 'cassandra-driver'
import { sharesOf } from '../../../core/ring.ts'
import type { Engines } from '../../../core/wire-operations.ts'

/** The nodes that the driver knows, by address, and how much of the ring each owns first. */
export function nodesOf({ hosts }: Pick<Client, 'hosts'>): Engines['cassandra'] {
  const all = hosts.values()
  // A node that is just joining has no tokens yet; the driver's types do not say so.
  const owned = all.flatMap((host) => ((host.tokens as string[] | null) ?? []).map((token) => ({ host, token })))
  const shares = sharesOf(owned.map(({ token }) => BigInt(token)))
  const shareOf = (host: (typeof all)[number]) =>
    shares.reduce((sum, share, i) => (owned[i]!.host === host ? sum + share : sum), 0)
  return all
    .map((host) => ({
      address: host.address,
      up: host.isUp(),
      version: host.cassandraVersion ?? '',
      ringShare: Math.min(1, shareOf(host)),
    }))
    .sort((a, b) => (a.address < b.address ? -1 : 1))
}
