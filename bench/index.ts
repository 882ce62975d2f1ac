/** Every benchmark, in the order they run: the quick ones first. */
import { clusterBodiesBenchmark } from './cluster/bodies.ts'
import { clusterDeliverBenchmark } from './cluster/deliver.ts'
import { clusterFetchBenchmark, clusterPollBenchmark } from './cluster/reads.ts'
import { clusterLikeBenchmark, clusterPublishBenchmark } from './cluster/writes.ts'
import { deletionBenchmark } from './deletion.ts'
import { deliverBenchmark } from './deliver.ts'
import { fetchBenchmark } from './fetch.ts'
import type { Benchmark } from './figure.ts'
import { idleBenchmark } from './idle.ts'
import { likeBenchmark } from './like.ts'
import { liveBenchmark } from './live.ts'
import { loadBenchmark } from './load.ts'
import { mediaBenchmark } from './media.ts'
import { overloadBenchmark } from './overload.ts'
import { pollBenchmark } from './poll.ts'
import { publishBenchmark } from './publish.ts'
import { restartBenchmark } from './restart.ts'
import { searchBenchmark } from './search.ts'
import { startBenchmark } from './start.ts'
import { suggestBenchmark } from './suggest.ts'
import { webBenchmark } from './web.ts'

export const benchmarks: readonly Benchmark[] = [
  fetchBenchmark,
  pollBenchmark,
  publishBenchmark,
  liveBenchmark,
  likeBenchmark,
  searchBenchmark,
  suggestBenchmark,
  mediaBenchmark,
  idleBenchmark,
  overloadBenchmark,
  deletionBenchmark,
  startBenchmark,
  restartBenchmark,
  loadBenchmark,
  deliverBenchmark,
  webBenchmark,
  clusterPublishBenchmark,
  clusterLikeBenchmark,
  clusterDeliverBenchmark,
  clusterBodiesBenchmark,
  clusterFetchBenchmark,
  clusterPollBenchmark,
]
