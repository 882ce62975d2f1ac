/** What one benchmark measured, beside its bare limit and the figures it should reach. */
export interface Figure {
  readonly name: string
  readonly unit: string
  readonly ours: number
  /** The same work done plainly, in the same run. */
  readonly bare?: number
  /** How near ours comes to the bare limit; 1 is as good (for times and sizes bare ÷ ours). */
  readonly ratio?: number
  readonly atLeast: Target
  readonly goal: Target
  /** The furthest any round lay from the median, in per cent: what the machine's noise makes uncertain. */
  readonly noisePercent: number
  readonly rounds: { readonly ours: readonly number[]; readonly bare: readonly number[] }
  readonly details: Readonly<Record<string, number | string>>
}

/** All that are given must hold. */
export interface Target {
  readonly ratio?: number
  /** For rates: ours at least. */
  readonly least?: number
  /** For times and sizes: ours at most. */
  readonly most?: number
}

export interface Benchmark {
  readonly name: string
  /** Needs engines of a cluster: run only where it is named, or `cluster` is, which stands for all of these. */
  readonly onEngines?: true
  /** One line: what is measured. */
  readonly what: string
  /** One line: what it is compared with. */
  readonly bare: string
  run(options: BenchmarkOptions): Promise<Figure[]>
}

export interface BenchmarkOptions {
  /** Length of one measurement. */
  readonly seconds: number
  /** Alternating rounds of ours and the bare limit. */
  readonly rounds: number
  /** From 0 to 1: the part of the full population that is used; below 1 the figures only show that it runs. */
  readonly scale: number
  /** Tells a person what is going on. */
  say(line: string): void
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length === 0
    ? Number.NaN
    : sorted.length % 2
      ? sorted[middle]!
      : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function spreadPercent(values: readonly number[]): number {
  const middle = median(values)
  return Math.max(0, ...values.map((v) => (Math.abs(v - middle) / middle) * 100))
}

/** Runs ours and the bare limit in turns, so that a slow spell of the machine meets both. */
export async function alternate(
  rounds: number,
  ours: () => Promise<number>,
  bare: () => Promise<number>,
): Promise<Figure['rounds']> {
  const measured = { ours: [] as number[], bare: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    measured.ours.push(await ours())
    measured.bare.push(await bare())
  }
  return measured
}

/** Medians and ratio of the rounds. `lower`: less is better. */
export function figure(
  given: Pick<Figure, 'name' | 'unit' | 'rounds' | 'atLeast' | 'goal'> & {
    lower?: boolean
    details?: Figure['details']
  },
): Figure {
  const { lower, details, ...rest } = given
  const ours = median(rest.rounds.ours)
  const bare = rest.rounds.bare.length > 0 ? median(rest.rounds.bare) : undefined
  return {
    ...rest,
    ours: rounded(ours),
    ...(bare === undefined
      ? {}
      : { bare: rounded(bare), ratio: Number((lower ? bare / ours : ours / bare).toFixed(3)) }),
    noisePercent: Math.round(Math.max(spreadPercent(rest.rounds.ours), spreadPercent(rest.rounds.bare))),
    rounds: { ours: rest.rounds.ours.map(rounded), bare: rest.rounds.bare.map(rounded) },
    details: details ?? {},
  }
}

/** Four significant digits: more would be noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4))
}

export function reaches(f: Figure, target: Target): boolean {
  return (
    (target.ratio === undefined || (f.ratio ?? 0) >= target.ratio) &&
    (target.least === undefined || f.ours >= target.least) &&
    (target.most === undefined || f.ours <= target.most)
  )
}

export function targetText(target: Target): string {
  return (
    [
      target.ratio === undefined ? '' : `ratio ${Number(target.ratio.toFixed(3))}`,
      target.least === undefined ? '' : `≥ ${target.least.toLocaleString('en')}`,
      target.most === undefined ? '' : `≤ ${target.most.toLocaleString('en')}`,
    ]
      .filter(Boolean)
      .join(', ') || '–'
  )
}
