import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { PushSubscription } from '../../../ports/push.ts'
import type { Cassandra } from '../cassandra/client.ts'
import { createCassandraPush, type PushRow, pushColumns } from '../cassandra/push.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

/** Those that hold the claim to their endpoint; the others count for nobody. */
export function pushesReader(db: Cassandra): KindReader<PushSubscription> {
  const { holding } = createCassandraPush({ db })
  return scanReader<PushRow, PushSubscription>(db, {
    columns: pushColumns,
    table: 'push_subscriptions',
    key: 'user_id',
    rows: holding,
  })
}

/** By compare-and-set as all writes of these tables, whose clock is the nodes'. */
export function pushesWriter(db: Cassandra, marks: Marks): KindWriter<PushSubscription> {
  const { put } = createCassandraPush({ db })
  return pageWriter(marks, 'pushes', put)
}
