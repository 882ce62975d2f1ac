import { inTurns } from '../../core/in-turns.ts'
import { copyPartsAtOnce } from '../../core/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CopyMark, CopyPart, CopyPlace, Kind } from '../../ports/copy.ts'
import { trueRows } from './truth.ts'

export interface Carrying {
  readonly from: CopyPlace
  readonly to: CopyPlace
  readonly clock: Clock
  /** Told of the step, and of how much of how much is behind it; 0 of 0 where that is not known. */
  progress(step: string, done: number, all: number): void
}

/** Copies one kind, from where its marks say that an earlier copy stopped; resolves to the rows written now. */
export async function carry<K extends Kind>(kind: K, { from, to, clock, progress }: Carrying): Promise<number> {
  const reader = from.readers[kind]
  const writer = to.writers[kind]
  const parts = await reader.parts()
  const marks = await to.marks(kind)
  const bar = createBar(parts, marks, (done, all) => progress(`copying ${kind}`, done, all))
  let written = 0

  async function part({ name }: CopyPart): Promise<void> {
    const mark = marks.get(name)
    if (mark !== undefined && mark.next === undefined) return
    let next = mark?.next
    let rows = mark?.rows ?? 0
    do {
      const page = await reader.page(name, next)
      next = page.next
      const kept = trueRows(kind, page.rows, clock.now())
      rows += kept.length
      await writer.write(kept, name, { next, rows })
      written += kept.length
      bar.came(page.rows.length)
    } while (next !== undefined)
    bar.partDone()
  }

  await inTurns(parts, copyPartsAtOnce, part)
  await writer.end()
  return written
}

/** Rows of rows where they can be counted, else parts of parts. */
function createBar(
  parts: readonly CopyPart[],
  marks: ReadonlyMap<string, CopyMark>,
  show: (done: number, all: number) => void,
) {
  const counted = parts.every(({ rows }) => rows !== undefined)
  const all = counted ? parts.reduce((sum, { rows = 0 }) => sum + rows, 0) : parts.length
  const before = [...marks.values()]
  let done = counted
    ? before.reduce((sum, { rows }) => sum + rows, 0)
    : before.filter(({ next }) => next === undefined).length
  show(done, all)
  return {
    came(rows: number): void {
      if (counted) done += rows
      show(done, all)
    },
    partDone(): void {
      if (!counted) done++
      show(done, all)
    },
  }
}
