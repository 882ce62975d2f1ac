import { journey } from '../cluster/journey.ts'
import { startFaultCluster } from './harness.ts'
import { serveOn } from './servers.ts'

journey('two gateways, one process that publishes and one that fans out, over three nodes of each engine', async () => {
  const cluster = await startFaultCluster()
  try {
    const roles = ['gateway', 'gateway', 'publish', 'fanout,notify'].map((roles) => ['--roles', roles])
    const { servers, end } = await serveOn(cluster, ...roles)
    const [one, two] = servers
    return { one: one!, two: two!, end: () => end().then(() => cluster.end()) }
  } catch (problem) {
    await cluster.end()
    throw problem
  }
})
