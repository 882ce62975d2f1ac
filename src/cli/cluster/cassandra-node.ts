import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { CassandraProgram } from './fetch-cassandra.ts'
import { javaFlags } from './java-flags.ts'
import type { TrialNode } from './state.ts'

interface Wanted {
  readonly program: CassandraProgram
  readonly name: string
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly storagePort: number
  readonly jmxPort: number
  readonly seeds: readonly string[]
  /** Its place in the ring. */
  readonly token: bigint
  /** A node that joins takes its share of what is stored; those that make a new ring have nothing to take. */
  readonly joins: boolean
  readonly heapMegabytes: number
  /** Started for minutes, not for a load that lasts. */
  readonly brief: boolean
}

/** Writes the settings of a Cassandra node that is small, starts fast, and has on disk what it acknowledged. */
export function makeCassandraNode(wanted: Wanted): TrialNode {
  const { program, name, folder, host, port, jmxPort, heapMegabytes, brief } = wanted
  // What it unpacks goes with its folder: a node that is killed leaves it behind.
  const temporary = join(folder, 'tmp')
  for (const path of [join(folder, 'data'), temporary]) mkdirSync(path, { recursive: true })
  writeFileSync(join(folder, 'cassandra.yaml'), yaml(wanted))
  writeFileSync(join(folder, 'logback.xml'), logback(join(folder, 'cassandra.log')))
  const command = [
    ...withRestfulTimers,
    program.java,
    ...javaFlags(agentOf(program.jars), heapMegabytes, brief),
    `-Djava.io.tmpdir=${temporary}`,
    `-Dcassandra.config=${pathToFileURL(join(folder, 'cassandra.yaml'))}`,
    `-Dlogback.configurationFile=${join(folder, 'logback.xml')}`,
    `-Dcassandra.storagedir=${join(folder, 'data')}`,
    `-Dcassandra.logdir=${folder}`,
    `-Dcassandra.jmx.local.port=${jmxPort}`,
    '-cp',
    join(program.jars, '*'),
    'org.apache.cassandra.service.CassandraDaemon',
  ]
  return { name, kind: 'cassandra', host, port, monitor: jmxPort, folder, command }
}

/**
 * Cassandra's idle threads look for work every 10 µs while there is some, which took a third of a core for each node that has
 * little to do. With timers that may be a millisecond late they sleep; a write waits ten for its sync anyway. Only Linux
 * has the file.
 */
const withRestfulTimers = [
  '/bin/sh',
  '-c',
  '{ echo 1000000 > /proc/self/timerslack_ns; } 2> /dev/null; exec "$@"',
  'cassandra',
]

/** Cassandra measures its memtables through this agent. */
function agentOf(jars: string): string {
  const agent = readdirSync(jars).find((name) => /^jamm-.*\.jar$/.test(name))
  if (!agent) throw new Error(`no jamm-*.jar in ${jars}`)
  return join(jars, agent)
}

/** A writer thread waits for the sync of its group, so there are many; nothing acknowledged is lost in a power cut. */
function yaml({ host, port, storagePort, seeds, token, joins }: Wanted): string {
  return `cluster_name: rookery-trial
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
num_tokens: 1
initial_token: '${token}'
auto_bootstrap: ${joins}
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: '${seeds.map((seed) => `${seed}:${storagePort}`).join(',')}'
listen_address: ${host}
rpc_address: ${host}
storage_port: ${storagePort}
native_transport_port: ${port}
commitlog_sync: group
commitlog_sync_group_window: 10ms
commitlog_segment_size: 16MiB
commitlog_total_space: 128MiB
disk_failure_policy: die
commit_failure_policy: die
paxos_variant: v2
concurrent_reads: 32
concurrent_writes: 256
concurrent_compactors: 1
native_transport_max_threads: 128
memtable_heap_space: 64MiB
memtable_offheap_space: 32MiB
disk_access_mode: standard
auto_snapshot: false
`
}

/** At DEBUG, its default, Cassandra is slow; three files of 10 MB hold what a trial needs. */
function logback(file: string): string {
  return `<configuration scan="false">
  <appender name="file" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>${file}</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
      <fileNamePattern>${file}.%i</fileNamePattern><minIndex>1</minIndex><maxIndex>2</maxIndex>
    </rollingPolicy>
    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy"><maxFileSize>10MB</maxFileSize></triggeringPolicy>
    <encoder><pattern>%-5level %d{ISO8601} [%thread] %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="file"/></root>
</configuration>
`
}
