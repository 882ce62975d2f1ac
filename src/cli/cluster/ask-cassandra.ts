import { Client, policies, type types } from 'cassandra-driver'
import type { TrialNode } from './state.ts'

/** One node of a ring, as a node sees it. */
export interface RingMember {
  readonly host: string
  readonly version: string
  readonly tokens: readonly bigint[]
  /** The schema it has, as a fingerprint. */
  readonly schema: string
}

const answerMsMax = 5_000

/**
 * The ring as this node sees it, itself first.
 * @throws when it does not answer within 5 s.
 */
export async function askCassandra({ host, port }: Pick<TrialNode, 'host' | 'port'>): Promise<RingMember[]> {
  const { loadBalancing, reconnection } = policies
  const client = new Client({
    contactPoints: [host],
    localDataCenter: 'datacenter1',
    protocolOptions: { port },
    // What is asked is what this one node knows.
    policies: {
      loadBalancing: new loadBalancing.AllowListPolicy(new loadBalancing.RoundRobinPolicy(), [`${host}:${port}`]),
      reconnection: new reconnection.ConstantReconnectionPolicy(answerMsMax),
    },
    socketOptions: { connectTimeout: answerMsMax, readTimeout: answerMsMax },
    isMetadataSyncEnabled: false,
  })
  try {
    await client.connect()
    const own = await client.execute('SELECT rpc_address, release_version, schema_version, tokens FROM system.local')
    const others = await client.execute('SELECT rpc_address, release_version, schema_version, tokens FROM system.peers')
    return [...own.rows, ...others.rows].map(member).filter((one) => one !== undefined)
  } finally {
    await client.shutdown()
  }
}

/** A node that is just joining has a row without tokens: it is no member yet. */
function member(row: types.Row): RingMember | undefined {
  const tokens = row.tokens as readonly string[] | null
  if (!row.rpc_address || !tokens || tokens.length === 0) return undefined
  return {
    host: String(row.rpc_address),
    version: String(row.release_version),
    tokens: tokens.map(BigInt),
    schema: String(row.schema_version),
  }
}
