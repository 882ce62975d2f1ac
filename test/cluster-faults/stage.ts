import type { Stage } from './faults.ts'
import { startFaultCluster } from './harness.ts'
import { hotFollowers, startLoad } from './load.ts'
import { serveOn } from './servers.ts'

/** A cluster of three, two processes of Rookery on it, and the load; `end` ends all of it. */
export async function openStage(): Promise<Stage & { end(): Promise<void> }> {
  const cluster = await startFaultCluster()
  try {
    const hot = ['--hot-followers', String(hotFollowers)]
    const { servers, end } = await serveOn(cluster, hot, hot)
    try {
      const load = await startLoad(servers.map((server) => server.address))
      return {
        cluster,
        servers,
        load,
        async end() {
          load.stop()
          await load.quiet()
          await end()
          await cluster.end()
        },
      }
    } catch (problem) {
      await end()
      throw problem
    }
  } catch (problem) {
    await cluster.end()
    throw problem
  }
}

/** Lines of a server's log that tell of what nobody expected. */
export function errorsOf({ errors }: { errors: string }): string[] {
  return errors.split('\n').filter((line) => /^\{"level":[56]0,/.test(line) || (line !== '' && !line.startsWith('{')))
}
