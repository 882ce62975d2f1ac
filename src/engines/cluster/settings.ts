/** How to reach Cassandra. Holds a password: never print it. */
export interface CassandraSettings {
  /** Names or addresses, without port. */
  readonly hosts: readonly string[]
  /** One for all nodes: those that join later are known by address alone. */
  readonly port: number
  readonly user?: string
  readonly password?: string
  /** The data centre to stay in; without it, that of the first node that answers. */
  readonly dataCenter?: string
  readonly tls?: Tls
}

export interface Tls {
  /** File of certificates to trust instead of the system's. */
  readonly authority?: string
  /** Files of our own certificate and key, where the engine asks for one. */
  readonly certificate?: string
  readonly key?: string
  /** False takes any certificate: encrypted, but to whom is not known. */
  readonly verify: boolean
}
