import { flag, size, whole } from '../options.ts'
import { type Form, readArguments } from './arguments.ts'
import { type Plan, plan } from './plan/model.ts'

const form = {
  name: 'plan',
  does: 'Says how many nodes of each engine, how much disk and network a load takes, from the figures that `rookery bench --save` kept',
  positionals: [],
  own: {
    users: whole({ flag: 'users', help: 'accounts that read and write' }, 1_000_000, 1, 1e9),
    posts: whole({ flag: 'posts-per-user-hour', help: 'messages that each writes an hour' }, 10, 0, 3_600),
    followees: whole({ flag: 'followees', help: 'whom each follows, in the mean' }, 100, 0, 20_000),
    requests: whole({ flag: 'requests', help: 'pages and polls a second, of all together' }, 200_000, 0, 1e9),
    messageBytes: size({ flag: 'message-bytes', help: 'of a text, in the mean', shown: '6850' }, 6_850, 1),
    keepDays: whole({ flag: 'keep-days', help: 'how long messages are kept' }, 365, 1, 36_500),
    replication: whole({ flag: 'replication', help: 'copies in Cassandra' }, 3, 1, 9),
    cores: whole({ flag: 'node-cores', help: 'cores of a node' }, 16, 1, 1_024),
    memory: size({ flag: 'node-memory', help: 'memory of a node', shown: '64GiB' }, 64 * 2 ** 30, 2 ** 30),
    disk: size({ flag: 'node-disk', help: 'disk of a node', shown: '16TiB' }, 16 * 2 ** 40, 2 ** 30),
    json: flag({ flag: 'json', help: 'print the plan as JSON' }),
  },
  shared: [],
  notes: `Without options: a million people who write 10 messages an hour each and ask 200,000 times a second, 600 TB of text a year.
A plan is where to begin, not a promise: measure with your own load before you buy.`,
} satisfies Form<Record<string, ReturnType<typeof flag> | ReturnType<typeof whole>>>

export async function planCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const { own } = read
  const made = plan(
    {
      users: own.users,
      postsPerUserHour: own.posts,
      followees: own.followees,
      requestsPerSecond: own.requests,
      messageBytes: own.messageBytes,
      keepDays: own.keepDays,
      replication: own.replication,
    },
    { cores: own.cores, memoryBytes: own.memory, diskBytes: own.disk },
  )
  process.stdout.write(own.json ? `${JSON.stringify(made, null, 2)}\n` : planText(made))
  return 0
}

const whole3 = (n: number) => Number(n.toPrecision(3)).toLocaleString('en')

/** `1.75 PB`: decimal units, as disks are sold. */
function bytesText(bytes: number): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
  const step = bytes < 1 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${Number((bytes / 1_000 ** step).toPrecision(3)).toLocaleString('en')} ${names[step]}`
}

const bitsText = (bytes: number) => `${bytesText(bytes)}/s (${((bytes * 8) / 1e9).toPrecision(2)} Gbit/s)`

/** The plan as a person reads it. */
export function planText({
  load,
  messagesPerSecond,
  deliveriesPerSecond,
  nodes,
  embedded,
  disk,
  network,
  figures,
  assumptions,
}: Plan): string {
  const count = (n: number) => n.toLocaleString('en')
  const lines = [
    `${count(load.users)} users, ${whole3(messagesPerSecond)} messages/s of ${bytesText(load.messageBytes)}, ${whole3(deliveriesPerSecond)} deliveries/s, ${count(load.requestsPerSecond)} requests/s, kept ${count(load.keepDays)} days`,
    '',
    'engine     nodes  cores in work  because of',
    ...nodes.map(
      ({ engine, nodes, cores, because }) =>
        `${engine.padEnd(10)} ${count(nodes).padStart(5)}  ${whole3(cores).padStart(13)}  ${because}`,
    ),
    '',
    `disk       ${bytesText(disk.bytesAYear)} of text a year; ${bytesText(disk.bytesOnNodes)} in Cassandra for what is kept, in ${load.replication} copies with all rows`,
    `network    from publishers ${bitsText(network.fromPublishers)}, to Cassandra ${bitsText(network.toCassandra)},`,
    `           to Redis and NATS ${bitsText(network.toRedis)}, to readers ${bitsText(network.toReaders)}`,
    `one server with the embedded engine ${embedded.enough ? 'carries it too' : 'does not carry it'}: measured ${count(embedded.messagesPerSecond)} messages/s or ${count(embedded.pagesPerSecond)} pages/s`,
    '',
    'It assumes:',
    ...assumptions.map((line) => `- ${line}`),
    '',
    'Figures it goes by (`./rookery bench --save` measures them again):',
    ...figures.map(({ name, value, unit, file, machine, date }) => {
      const amount = `${count(value)}${unit === '' ? '' : ` ${unit}`}`
      return `- ${name}: ${amount}, ${date}, ${machine} (${file})`
    }),
  ]
  return `${lines.join('\n')}\n`
}
