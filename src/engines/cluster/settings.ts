import {
  type ConnectionText,
  type NodeAddress,
  readConnectionText,
  readNodes,
  readSwitch,
  Secret,
  type TextForm,
  WrongSetting,
} from './connection-text.ts'

export { type NodeAddress, nodeText, Secret, WrongSetting } from './connection-text.ts'

/** How to reach Cassandra. */
export interface CassandraSettings {
  /** Names or addresses, without port. */
  readonly hosts: readonly string[]
  /** One for all nodes: those that join later are known by address alone. */
  readonly port: number
  readonly user?: string
  readonly password?: Secret
  /** The data centre to stay in; without it, the only one there is. */
  readonly dataCenter?: string
  readonly tls?: Tls
}

/** How to reach Redis or Valkey: one server, or some nodes of a Cluster. */
export interface RedisSettings {
  readonly nodes: readonly NodeAddress[]
  readonly user?: string
  readonly password?: Secret
  readonly tls?: Tls
}

/** How to reach NATS. */
export interface NatsSettings {
  readonly nodes: readonly NodeAddress[]
  readonly user?: string
  readonly password?: Secret
  /** In place of user and password. */
  readonly token?: Secret
  /** File of credentials (JWT and seed), in place of both. */
  readonly credentials?: string
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

const tlsParameters = ['tls', 'ca', 'cert', 'key', 'verify']

const cassandraForm: TextForm = {
  option: '--cassandra',
  schemes: ['cassandra'],
  defaultPort: 9042,
  parameters: ['dc', ...tlsParameters],
}
const redisForm: TextForm = {
  option: '--redis',
  schemes: ['redis', 'rediss'],
  defaultPort: 6379,
  parameters: tlsParameters,
}
const natsForm: TextForm = {
  option: '--nats',
  schemes: ['nats', 'tls'],
  defaultPort: 4222,
  parameters: ['creds', ...tlsParameters],
}

/** Reads `--cassandra`. @throws WrongSetting */
export function readCassandra(given: string): CassandraSettings {
  const text = readConnectionText(cassandraForm, given)
  const [{ port }] = text.nodes as [NodeAddress]
  if (text.nodes.some((node) => node.port !== port)) {
    throw new WrongSetting('--cassandra', 'all nodes must listen on the same port; give it with each of them.')
  }
  const dataCenter = text.parameters.get('dc')
  return {
    hosts: text.nodes.map((node) => node.host),
    port,
    ...user(cassandraForm, text),
    ...(dataCenter ? { dataCenter } : {}),
    ...tls(cassandraForm, text, false),
  }
}

/** Reads `--redis`. @throws WrongSetting */
export function readRedis(given: string): RedisSettings {
  const text = readConnectionText(redisForm, given)
  // A password alone is the default user's: `redis://:PASSWORD@HOST`.
  const { user: name, password } = text
  return {
    nodes: text.nodes,
    ...(name !== undefined && { user: name }),
    ...(password && { password }),
    ...tls(redisForm, text, text.scheme === 'rediss'),
  }
}

/** Reads `--nats`. A user without a password is a token. @throws WrongSetting */
export function readNats(given: string): NatsSettings {
  const text = readConnectionText(natsForm, given)
  const credentials = text.parameters.get('creds')
  return {
    nodes: text.nodes,
    ...(text.user !== undefined && text.password === undefined
      ? { token: new Secret(text.user) }
      : user(natsForm, text)),
    ...(credentials ? { credentials } : {}),
    ...tls(natsForm, text, text.scheme === 'tls'),
  }
}

/** Reads `--nats-monitor`: the monitoring ports of all servers; without it, each client port + 4000. @throws WrongSetting */
export function readNatsMonitors(given: string | undefined, nats: NatsSettings): NodeAddress[] {
  if (given !== undefined) return readNodes({ option: '--nats-monitor', defaultPort: 8222 }, given)
  return nats.nodes.map(({ host, port }) => ({ host, port: port + 4_000 }))
}

function user(form: TextForm, { user: name, password }: ConnectionText): { user?: string; password?: Secret } {
  if ((name === undefined) !== (password === undefined)) {
    throw new WrongSetting(form.option, 'give user and password together, as USER:PASSWORD@ before the first host.')
  }
  return name === undefined || password === undefined ? {} : { user: name, password }
}

function tls(form: TextForm, text: ConnectionText, always: boolean): { tls?: Tls } {
  const { parameters } = text
  const files = { authority: parameters.get('ca'), certificate: parameters.get('cert'), key: parameters.get('key') }
  const verify = readSwitch(form, text, 'verify')
  const wanted = readSwitch(form, text, 'tls')
  if ((files.certificate === undefined) !== (files.key === undefined)) {
    throw new WrongSetting(form.option, 'cert and key are files of one pair: give both.')
  }
  const implied = verify !== undefined || Object.values(files).some((file) => file !== undefined)
  if (wanted === false && (always || implied)) {
    throw new WrongSetting(form.option, 'tls=false contradicts what else it says about TLS: leave one away.')
  }
  if (!(wanted ?? (always || implied))) return {}
  return {
    tls: {
      verify: verify ?? true,
      ...(files.authority !== undefined && { authority: files.authority }),
      ...(files.certificate !== undefined && { certificate: files.certificate }),
      ...(files.key !== undefined && { key: files.key }),
    },
  }
}
