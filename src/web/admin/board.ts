import { type ChartOf, charts } from './charts.ts'
import type { Look } from './figures.ts'

/** Points kept of every line: at one in five seconds, half an hour. */
const pointsMax = 360

export interface Drawn extends Pick<ChartOf, 'title' | 'unit'> {
  readonly lines: readonly { readonly key: string; readonly values: readonly (number | null)[] }[]
}
export interface Board {
  /** Unix seconds. */
  readonly times: readonly number[]
  readonly charts: readonly Drawn[]
}

export const emptyBoard: Board = { times: [], charts: [] }

/** One point more of each line: what came between two looks, or was so at the second. */
export function drawnOn({ times, charts: drawn }: Board, before: Look, now: Look): Board {
  const kept = (values: readonly (number | null)[]) => values.slice(Math.max(0, values.length + 1 - pointsMax))
  const unknown = times.map(() => null)
  return {
    times: [...times.slice(Math.max(0, times.length + 1 - pointsMax)), now.at / 1_000],
    charts: charts.map(({ title, unit, lines }) => {
      const former = drawn.find((chart) => chart.title === title)
      return {
        title,
        unit,
        lines: lines(now).map(({ key, read }) => {
          const values = former?.lines.find((line) => line.key === key)?.values ?? unknown
          return { key, values: [...kept(values), read(before, now)] }
        }),
      }
    }),
  }
}

/** The least that the axis shows: between a first look and itself there is no time. */
const secondsMin = 60

/** The time that the axis shows: that of all looks. */
export function spanOf(times: ArrayLike<number>): [from: number, to: number] {
  const to = times[times.length - 1] ?? 0
  return [Math.min(times[0] ?? to, to - secondsMin), to]
}
