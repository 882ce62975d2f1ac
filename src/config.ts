import { totalmem } from 'node:os'
import type { Keep } from './core/keep.ts'
import { hostSecretBytesMin, keepAgeMsMin, keepBytesMin } from './core/limits.ts'
import { readDuration, readSize } from './core/units.ts'
import {
  choice,
  duration,
  flag,
  type Option,
  onOff,
  optionalText,
  pattern,
  size,
  some,
  text,
  type Values,
  whole,
} from './options.ts'

export const roles = ['gateway', 'publish', 'fanout', 'notify'] as const
export type Role = (typeof roles)[number]

const keep: Option<Keep> = {
  flag: 'keep',
  value: 'AGE|SIZE',
  initial: undefined,
  shown: 'all',
  help: 'retention: an age of 7 days or more (`365d`), or, for the embedded engine, a size (`200GiB`); the oldest messages go first',
  cost: 'without a bound the data folder grows by about the text published plus 200 bytes a message; what goes is gone for good',
  wanted:
    '`all`, an age of at least 7 days (the life of a cursor) such as `365d`, or a size of at least 64MiB such as `200GiB`',
  read(given) {
    if (given === 'all') return undefined
    const ageMs = readDuration(given)
    if (ageMs !== undefined) return ageMs >= keepAgeMsMin ? { ageMs } : undefined
    const bytes = readSize(given)
    return bytes === undefined || bytes < keepBytesMin ? undefined : { bytes }
  },
}

/** The memory this process may count on: a container's bound where there is one, else the machine's. */
function machineMemory(): number {
  const constrained = process.constrainedMemory()
  const total = totalmem()
  return constrained > 0 && constrained < total ? constrained : total
}

/**
 * The one table of options: flags, environment variables, `--help`, the type `Config` and the table in
 * docs/OPERATIONS.md derive from it. Units stand in the keys.
 */
export const options = {
  host: {
    ...text(
      {
        flag: 'host',
        value: 'ADDRESS',
        help: 'the address to listen on; `0.0.0.0` for every network of the machine',
        cost: 'other than loopback needs a TLS proxy in front: tokens travel as they are',
      },
      '127.0.0.1',
    ),
    // `[::1]`, as it stands in a URL, too.
    read: (given: string) => given.replace(/^\[(.+)\]$/, '$1') || undefined,
  },
  port: whole({ flag: 'port', help: 'the port to listen on; 0 takes a free one' }, 8080, 0, 65_535),
  engine: choice(
    {
      flag: 'engine',
      help: 'where everything is kept: in a folder, on a cluster, or in memory alone (for tests)',
      cost: '`memory` keeps nothing; `cluster` needs Cassandra, Redis and NATS',
    },
    'embedded',
    ['embedded', 'cluster', 'memory'],
  ),
  data: text(
    {
      flag: 'data',
      value: 'FOLDER',
      help: 'folder of the embedded engine; made when absent, used by one server at a time',
      cost: 'publishing waits for this disk: its fsync bounds the time to the answer',
    },
    './data',
  ),
  roles: some(
    {
      flag: 'roles',
      help: 'the components this process runs: gateway, publish, fanout, notify',
      cost: 'the embedded engine is one process, so all of them; on a cluster each runs alone or with others',
    },
    roles,
  ),
  cassandra: text(
    {
      flag: 'cassandra',
      value: 'HOSTS',
      help: 'for the cluster engine: host:port,… or a URL with user, password, `dc` and TLS',
      cost: 'a password belongs into ROOKERY_CASSANDRA: others on this machine see the command line',
    },
    '127.0.0.1:9042',
  ),
  redis: text(
    { flag: 'redis', value: 'HOSTS', help: 'for the cluster engine: host:port,… or a URL, as for Cassandra' },
    '127.0.0.1:6379',
  ),
  nats: text(
    { flag: 'nats', value: 'HOSTS', help: 'for the cluster engine: host:port,… or a URL, as for Cassandra' },
    '127.0.0.1:4222',
  ),
  natsMonitor: optionalText({
    flag: 'nats-monitor',
    value: 'HOSTS',
    shown: 'client port + 4000',
    help: 'monitoring port of every NATS server: host:port,…',
    cost: 'settings that cannot be seen there count as unsafe',
  }),
  replication: whole(
    {
      flag: 'replication',
      help: "Cassandra's replication factor; a single node needs 1",
      cost: 'disk and writes, times this; with 1, what a node loses is lost',
    },
    3,
    1,
    99,
  ),
  allowUnsafe: flag({
    flag: 'allow-unsafe',
    help: 'serve on engines whose settings could lose data',
    cost: 'acknowledged messages',
  }),
  keyspace: pattern(
    { flag: 'keyspace', help: 'first word of every table, stream and key on a cluster' },
    'rookery',
    /^[a-z][a-z0-9_]{0,30}$/,
    'a name of 1 to 31 of the characters a–z, 0–9 and _, a letter first',
  ),
  memoryBytes: size(
    {
      flag: 'memory',
      shown: "a quarter of the machine's",
      help: 'bound for inboxes and cached bodies together',
      cost: 'inboxes that do not fit are forgotten and rebuilt at the next read, bodies are read from disk again',
    },
    Math.floor(machineMemory() / 4),
    16 * 2 ** 20,
  ),
  registration: choice(
    {
      flag: 'registration',
      help: 'who may make an account',
      cost: '`invite` needs moderators who make invitations, or `rookery user invite`',
    },
    'open',
    ['open', 'invite', 'closed'],
  ),
  rateLimits: onOff(
    {
      flag: 'rate-limits',
      help: '`off` for tests and benchmarks: also those on sockets and connections',
      cost: '`off` lets one client take everything',
    },
    true,
  ),
  jwtSecret: {
    ...optionalText({
      flag: 'jwt-secret',
      shown: 'none',
      secret: true,
      help: 'a host product signs tokens with this (HS256) for its own users',
      cost: 'whoever has it is anybody; it belongs into ROOKERY_JWT_SECRET: others on this machine see the command line',
    }),
    read: (given: string) => (Buffer.byteLength(given) >= hostSecretBytesMin ? given : undefined),
    wanted: `a secret of ${hostSecretBytesMin} bytes or more, as from \`openssl rand -base64 32\``,
  },
  jwtJwks: {
    ...optionalText({
      flag: 'jwt-jwks',
      value: 'URL|FILE',
      shown: 'none',
      help: 'the key set (JWKS) of a host product that signs tokens with RS256, ES256 or EdDSA',
      cost: 'while a URL is away, the keys read before serve for a day',
    }),
    read: (given: string) => (isKeySetPlace(given) ? given : undefined),
    wanted: 'an https URL (http only to this machine itself) or a file',
  },
  jwtIssuer: optionalText({
    flag: 'jwt-issuer',
    shown: 'any',
    help: 'what `iss` must be in tokens of a host product',
  }),
  jwtAudience: optionalText({
    flag: 'jwt-audience',
    shown: 'any',
    help: 'what `aud` must be, or hold, in tokens of a host product',
    cost: 'without it a token that the host made for another service is good here too',
  }),
  hotFollowers: whole(
    {
      flag: 'hot-followers',
      help: 'an author with more followers than this is not pushed: readers pull the messages',
      cost: 'higher: more deliveries a message; lower: every read merges more hot messages',
    },
    10_000,
    0,
    1_000_000_000,
  ),
  dormantAfterMs: duration(
    {
      flag: 'dormant-after',
      shown: '14d',
      help: 'a reader who has not read for this long is no longer pushed to',
      cost: 'longer: memory and deliveries for people who do not come; shorter: more first reads that rebuild',
    },
    14 * 86_400_000,
    1_000,
  ),
  allowPrivatePush: flag({
    flag: 'allow-private-push',
    help: 'let Web Push endpoints be private or loopback addresses (for tests)',
    cost: 'lets users make the server call addresses inside the network',
  }),
  media: {
    ...optionalText({
      flag: 'media',
      value: 'PLACE',
      shown: 'the data folder',
      help: 'where uploads go: a folder, or `s3://bucket/prefix` with the usual S3 variables',
      cost: 'all gateways of a cluster need the same place',
    }),
    read: (given: string) => (isPlaceForUploads(given) ? given : undefined),
    wanted: 'a folder, or `s3://` and a bucket',
  },
  mediaBytesMax: size(
    {
      flag: 'media-max',
      shown: '40MiB',
      help: 'the largest upload',
      cost: 'each that is received takes as much of the disk of the place for uploads, up to 32 at once',
    },
    40 * 2 ** 20,
    1_024,
  ),
  publicUrl: {
    ...optionalText({
      flag: 'public-url',
      value: 'URL',
      shown: 'from the request',
      help: 'what links carry; its origin is the one that browsers with a cookie may come from',
      cost: 'behind a proxy that changes `Host`, cookies work only with it',
    }),
    read: (given: string) => (isWebUrl(given) ? given.replace(/\/+$/, '') : undefined),
    wanted: 'an http or https URL without `?` and `#`',
  },
  keep,
} as const

/** What one process was told: one value an option, units in the names. */
export type Config = Values<typeof options>

function isKeySetPlace(given: string): boolean {
  if (given === '' || !given.includes('://')) return given !== ''
  if (!URL.canParse(given)) return false
  const { protocol, hostname } = new URL(given)
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.[0-9.]+|\[::1\])$/.test(hostname))
}

function isPlaceForUploads(given: string): boolean {
  return given.includes('://') ? /^s3:\/\/[^/]/.test(given) : given !== ''
}

/** Paths are put behind it. */
function isWebUrl(given: string): boolean {
  return URL.canParse(given) && /^https?:$/.test(new URL(given).protocol) && !/[?#]/.test(given)
}

/** The defaults, for tests and for code that starts a server inside the process. */
export const defaultConfig: Config = Object.fromEntries(
  Object.entries(options).map(([key, option]) => [key, option.initial]),
) as unknown as Config
