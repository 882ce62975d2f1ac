import { inTurns } from '../../core/in-turns.ts'
import { copyPartsAtOnce } from '../../core/limits.ts'
import { type CopyPlace, type Kind, kinds } from '../../ports/copy.ts'
import type { Carrying } from './carry.ts'
import { rowHash, trueRows } from './truth.ts'

export interface Sum {
  readonly rows: number
  /** 16 hex digits: the sum of the rows' 64-bit hashes, modulo 2^64. */
  readonly checksum: string
}

export interface Compared {
  readonly kind: Kind
  readonly from: Sum
  readonly to: Sum
}

/** A figure kept beside the rows that does not agree with them. */
export interface Miscount {
  readonly name: string
  readonly count: number
  readonly rows: number
}

/**
 * Reads both sides once more and sums them up by kind. All at one moment: rows end by their time, and neither side removes
 * one as soon as it has.
 */
export async function compare({ from, to, clock, progress }: Carrying): Promise<Compared[]> {
  const now = clock.now()
  const found: Compared[] = []
  for (const [i, kind] of kinds.entries()) {
    progress('comparing both sides', i, kinds.length)
    const [source, target] = await Promise.all([sumUp(from, kind, now), sumUp(to, kind, now)])
    found.push({ kind, from: source, to: target })
  }
  progress('comparing both sides', kinds.length, kinds.length)
  return found
}

export async function sumUp<K extends Kind>(place: CopyPlace, kind: K, now: number): Promise<Sum> {
  const reader = place.readers[kind]
  let rows = 0
  let sum = 0n
  await inTurns(await reader.parts(), copyPartsAtOnce, async ({ name }) => {
    let next: string | undefined
    do {
      const page = await reader.page(name, next)
      next = page.next
      for (const row of trueRows(kind, page.rows, now)) {
        rows++
        sum += rowHash(kind, row)
      }
      sum = BigInt.asUintN(64, sum)
    } while (next !== undefined)
  })
  return { rows, checksum: sum.toString(16).padStart(16, '0') }
}

export const isSame = ({ from, to }: Compared) => from.rows === to.rows && from.checksum === to.checksum

/** The figures that the target keeps beside its rows, held against them. */
export async function miscounts(to: CopyPlace, compared: readonly Compared[]): Promise<Miscount[]> {
  const rowsOf = new Map(compared.map(({ kind, to: { rows } }) => [kind, rows]))
  return (await to.kept())
    .map(({ name, kind, count }) => ({ name, count, rows: rowsOf.get(kind) ?? 0 }))
    .filter(({ count, rows }) => count !== rows)
}
