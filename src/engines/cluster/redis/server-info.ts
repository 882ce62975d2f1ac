/** What a server says of itself (INFO). */
export interface ServerInfo {
  /** `major.minor.patch`; Valkey's own where it gives one. */
  readonly version: string
  readonly cluster: boolean
  readonly master: boolean
  /** Where a replica's master is. */
  readonly masterHost: string | undefined
  readonly masterPort: number
  /** Another one after every restart and failover: which history of the data this is. */
  readonly replid: string
  readonly policy: string
}

export function readInfo(text: string): ServerInfo {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(text)?.[1]
  return {
    version: field('valkey_version') ?? field('redis_version') ?? '0',
    cluster: field('redis_mode') === 'cluster',
    master: field('role') === 'master',
    masterHost: field('master_host'),
    masterPort: Number(field('master_port') ?? 0),
    replid: field('master_replid') ?? '',
    policy: field('maxmemory_policy') ?? '',
  }
}
