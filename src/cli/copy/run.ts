import { type CopyPlace, kinds, type PlaceCopy } from '../../ports/copy.ts'
import { type Carrying, carry } from './carry.ts'
import { type Compared, compare, isSame, type Miscount, miscounts } from './compare.ts'

export interface Copied {
  /** Whether an earlier start had begun it. */
  readonly resumed: boolean
  /** Rows written by this start. */
  readonly rows: number
  /** By this start's copying, and by comparing. */
  readonly seconds: { readonly copying: number; readonly comparing: number }
  readonly compared: readonly Compared[]
  readonly miscounts: readonly Miscount[]
  readonly same: boolean
}

/** The copy cannot be made, or is none. The message is one sentence for the person who asked for it. */
export class NoCopy extends Error {
  override readonly name = 'NoCopy'
}

/**
 * Carries everything from one place to the other, and compares. Where an earlier start stopped, this one goes on; where it
 * was finished, it only compares. What is not the same is not finished: servers go on refusing it.
 * @throws NoCopy
 */
export async function runCopy(parts: Carrying): Promise<Copied> {
  const { from, to, clock } = parts
  await refuseServed(from)
  await refuseServed(to)
  const copy = await begin(from, to, clock.now())
  const began = performance.now()
  let rows = 0
  if (copy.finished === undefined) {
    for (const kind of kinds) {
      rows += await carry(kind, parts)
      await refuseServed(from)
      await refuseServed(to)
    }
  }
  const copiedAt = performance.now()
  const compared = await compare(parts)
  await refuseServed(from)
  const wrong = await miscounts(to, compared)
  const same = compared.every(isSame) && wrong.length === 0
  if (same && copy.finished === undefined) await to.finish({ ...copy, finished: clock.now() })
  const ended = performance.now()
  return {
    resumed: copy.resumed,
    rows,
    seconds: { copying: (copiedAt - began) / 1_000, comparing: (ended - copiedAt) / 1_000 },
    compared,
    miscounts: wrong,
    same,
  }
}

async function refuseServed(place: CopyPlace): Promise<void> {
  const [first, ...others] = await place.serving()
  if (first === undefined) return
  const who = others.length === 0 ? `a server (${first})` : `${others.length + 1} servers (${first} …)`
  throw new NoCopy(
    `${place.name} is in use by ${who}: stop it, or, when it was killed, wait 30 s for its lease to end; then start the copy again.`,
  )
}

/** What stands in the target from now on: this copy, begun now or before. */
async function begin(from: CopyPlace, to: CopyPlace, now: number): Promise<PlaceCopy & { resumed: boolean }> {
  const source = await from.state()
  const target = await to.state()
  const { installation } = source
  if (installation === undefined) {
    throw new NoCopy(`There is no installation in ${from.name}: give --from the place of one.`)
  }
  if (source.copy !== undefined && source.copy.finished === undefined) {
    throw new NoCopy(
      `${from.name} is not whole, for the copy into it from ${source.copy.from} was interrupted: finish it.`,
    )
  }
  if (target.copy !== undefined && (target.copy.finished === undefined || target.installation === installation)) {
    if (target.copy.installation === installation) return { ...target.copy, resumed: true }
    throw new NoCopy(
      `${to.name} holds the unfinished copy of another installation, from ${target.copy.from}: delete it, or give --to another place.`,
    )
  }
  if (!target.empty) {
    const whose = target.installation === installation ? 'an older state of this installation' : 'another installation'
    throw new NoCopy(`${to.name} holds ${whose}: a copy needs an empty place, so give --to another one.`)
  }
  const copy = { installation, from: from.name, begun: now, finished: undefined }
  await to.begin(copy)
  return { ...copy, resumed: false }
}
