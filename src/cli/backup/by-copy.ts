import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../ports/clock.ts'
import type { CopyPlace } from '../../ports/copy.ts'
import { openPlace, type PlaceConfig, type PlaceName } from '../copy/places.ts'
import { differsSentence } from '../copy/report.ts'
import { runCopy } from '../copy/run.ts'
import { createLog } from '../logger.ts'
import { NoBackup } from './manifest.ts'
import type { ShowProgress } from './take.ts'

/** A cluster's installation goes into a backup, and out of it, by way of a data folder. Throws as `./rookery copy`. */
export async function copyWhole(
  from: PlaceName,
  to: PlaceName,
  config: PlaceConfig,
  show: ShowProgress,
): Promise<void> {
  const log = createLog()
  const opened: CopyPlace[] = []
  try {
    const source = await openPlace(from, 'source', config, log)
    opened.push(source)
    const target = await openPlace(to, 'target', config, log)
    opened.push(target)
    const copied = await runCopy({ from: source, to: target, clock: systemClock, progress: show })
    if (!copied.same) throw new NoBackup(differsSentence(copied, { from: source.name, to: target.name }))
  } finally {
    for (const place of opened) await place.close()
  }
}

/** Calls `use` with a path for a data folder that is gone afterwards, in `place` or among the system's temporary ones. */
export async function withTemporaryData<T>(use: (data: string) => Promise<T>, place = tmpdir()): Promise<T> {
  const folder = mkdtempSync(join(place, 'rookery-'))
  try {
    return await use(join(folder, 'data'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
