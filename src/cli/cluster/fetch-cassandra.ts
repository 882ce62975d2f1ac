import { existsSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  aptInstall,
  cacheFolder,
  fillWhole,
  homeOf,
  lastLines,
  onPath,
  run,
  type Say,
  TrialProblem,
  told,
} from './tools.ts'

export const cassandraVersion = '5.0.8'

/** Cassandra as Java runs it: a Java that it can use, and the folder of its jars. */
export interface CassandraProgram {
  readonly java: string
  readonly jars: string
}

/** Cassandra 5: where CASSANDRA_HOME or PATH have it, else in the cache, else fetched by Maven. */
export async function findCassandra(say: Say, signal?: AbortSignal): Promise<CassandraProgram> {
  const java = await findJava(say, signal)
  const folder = join(cacheFolder(), `cassandra-${cassandraVersion}`)
  const script = onPath('cassandra')
  const homes = [process.env.CASSANDRA_HOME, script && homeOf(realpathSync(script))]
  const places = [...homes.filter((home) => home !== undefined).map((home) => join(home, 'lib')), folder]
  const found = places.find(holdsCassandra)
  if (found) return { java, jars: found }
  await told(say, `fetching Cassandra ${cassandraVersion} with Maven`, () =>
    fillWhole(folder, (empty) => copyJars(empty, say, signal)),
  )
  return { java, jars: folder }
}

function holdsCassandra(folder: string): boolean {
  return (
    existsSync(folder) && readdirSync(folder).some((jar) => /^(apache-cassandra|cassandra-all)-5\..*\.jar$/.test(jar))
  )
}

async function copyJars(folder: string, say: Say, signal?: AbortSignal): Promise<void> {
  const wanted = 'set CASSANDRA_HOME to a Cassandra 5.0, or put its `cassandra` on PATH'
  if (!onPath('mvn') && !(await told(say, 'fetching Maven with apt-get', () => aptInstall(['maven'], signal)))) {
    throw new TrialProblem(`Cassandra is missing: ${wanted}, or Maven (\`mvn\`), which fetches it.`)
  }
  const pom = join(folder, 'pom.xml')
  writeFileSync(
    pom,
    `<project><modelVersion>4.0.0</modelVersion><groupId>rookery</groupId><artifactId>trial</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>${cassandraVersion}</version>
  </dependency></dependencies></project>\n`,
  )
  const command = [
    'mvn',
    '--batch-mode',
    '--quiet',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${folder}`,
  ]
  const { status, output } = await run(command, { signal })
  signal?.throwIfAborted()
  if (status !== 0 || !holdsCassandra(folder)) {
    throw new TrialProblem(`Cassandra is missing: ${wanted}; Maven could not fetch it: ${lastLines(output)}.`)
  }
}

/** Cassandra 5.0 runs on Java 11 and 17, and on no later one. */
async function findJava(say: Say, signal?: AbortSignal): Promise<string> {
  const seen: string[] = []
  const look = async () => {
    for (const java of javas()) {
      const { output } = await run([java, '-version'])
      const version = /version "(\d+)/.exec(output)?.[1]
      if (version === '17' || version === '11') return java
      if (version) seen.push(`${java} is ${version}`)
    }
    return undefined
  }
  const found = await look()
  if (found) return found
  await told(say, 'fetching Java 17 with apt-get', () => aptInstall(['openjdk-17-jre-headless'], signal))
  const fetched = await look()
  if (fetched) return fetched
  throw new TrialProblem(
    `Cassandra needs Java 17 (or 11)${seen.length > 0 ? `, and ${[...new Set(seen)].join(', ')}` : ''}: install it, or set JAVA_HOME to one.`,
  )
}

function javas(): string[] {
  const machines = '/usr/lib/jvm'
  const installed = existsSync(machines) ? readdirSync(machines).map((name) => join(machines, name, 'bin', 'java')) : []
  const home = process.env.JAVA_HOME ? [join(process.env.JAVA_HOME, 'bin', 'java')] : []
  return [...home, onPath('java'), ...installed].filter(
    (java): java is string => java !== undefined && existsSync(java),
  )
}
