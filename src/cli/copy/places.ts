import type { Config } from '../../config.ts'
import type { Log } from '../../core/log.ts'
import { WrongSetting } from '../../engines/cluster/connection-text.ts'
import { openClusterPlace } from '../../engines/cluster/copy/place.ts'
import { openEmbeddedPlace } from '../../engines/embedded/copy/place.ts'
import { Usage } from '../../options.ts'
import { systemClock } from '../../ports/clock.ts'
import type { CopyPlace } from '../../ports/copy.ts'

/** A place as it is given: which engine, and where there. */
export interface PlaceName {
  readonly engine: 'embedded' | 'cluster'
  /** The data folder, or the keyspace. */
  readonly where: string
}

/** @throws Usage */
export function readPlace(flag: string, text: string | undefined): PlaceName {
  const [, engine, where] = /^(embedded|cluster):(.+)$/s.exec(text ?? '') ?? []
  if (where === undefined) {
    const given = text === undefined ? '' : `, not \`${text}\``
    throw new Usage(`${flag} wants embedded:DIR (a data folder) or cluster:KEYSPACE${given}.`)
  }
  if (engine === 'embedded') return { engine, where }
  if (/^[a-z][a-z0-9_]{0,30}$/.test(where)) return { engine: 'cluster', where }
  throw new Usage(`${flag} wants a keyspace of the form [a-z][a-z0-9_]{0,30} behind cluster:, not \`${where}\`.`)
}

export type PlaceConfig = Pick<Config, 'cassandra' | 'replication' | 'allowUnsafe'>

/** @throws Usage, and what the engines say */
export async function openPlace(
  { engine, where }: PlaceName,
  end: 'source' | 'target',
  config: PlaceConfig,
  log: Log,
): Promise<CopyPlace> {
  if (engine === 'embedded') return openEmbeddedPlace({ data: where, end })
  const { cassandra, replication, allowUnsafe } = config
  try {
    return await openClusterPlace({
      cassandra,
      replication,
      allowUnsafe,
      keyspace: where,
      end,
      clock: systemClock,
      log,
    })
  } catch (problem) {
    throw problem instanceof WrongSetting ? new Usage(problem.message) : problem
  }
}
