/** Packages of Java that Cassandra 5.0 uses although modules hide them: its own jvm11-server.options has the same. */
const exported = [
  'java.base/jdk.internal.misc',
  'java.base/java.lang.ref',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.management/com.sun.jmx.remote.security',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
  'jdk.compiler/com.sun.tools.javac.file',
  'jdk.attach/sun.tools.attach',
]
const opened = [
  ...[
    'java.lang',
    'java.lang.module',
    'java.lang.reflect',
    'java.io',
    'java.nio',
    'java.util',
    'sun.nio.ch',
    'jdk.internal.loader',
    'jdk.internal.ref',
    'jdk.internal.reflect',
    'jdk.internal.math',
    'jdk.internal.module',
    'jdk.internal.util.jar',
  ].map((name) => `java.base/${name}`),
  'jdk.management/com.sun.management.internal',
  'jdk.compiler/com.sun.tools.javac',
]

/**
 * How Java runs a small Cassandra; `agent` is jamm's jar. What only costs start-up time or memory is turned down. `brief`: it
 * lives for minutes and is not worth optimised code, which takes a third off its start and doubles what calls cost for good.
 */
export function javaFlags(agent: string, heapMegabytes: number, brief: boolean): string[] {
  return [
    `-javaagent:${agent}`,
    ...exported.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]),
    ...opened.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
    '-Djdk.attach.allowAttachSelf=true',
    '-Dio.netty.tryReflectionSetAccessible=true',
    '-Djava.net.preferIPv4Stack=true',
    `-Xms${heapMegabytes}M`,
    `-Xmx${heapMegabytes}M`,
    '-Xss512k',
    '-XX:MaxDirectMemorySize=128M',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:+UseSerialGC',
    ...(brief ? ['-XX:TieredStopAtLevel=1'] : []),
    '-Dio.netty.allocator.maxOrder=11',
    '-Dio.netty.eventLoopThreads=2',
    '-Dcassandra.available_processors=2',
    // 1,000 is too short on a busy machine: "Unable to contact any seeds".
    '-Dcassandra.ring_delay_ms=8000',
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    // 0 fills the log while other nodes are away.
    '-Dcassandra.superuser_setup_delay_ms=5000',
    '-Dcassandra.consistent.rangemovement=false',
  ]
}
