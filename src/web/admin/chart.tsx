import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { language } from '../words/index.ts'
import { spanOf } from './board.ts'

export interface Line {
  readonly label: string
  /** One value a time; null where nothing is known. */
  readonly values: readonly (number | null)[]
}

/** Hours, minutes and seconds as the reader's language writes them. */
const timeOf = (seconds: number) =>
  new Date(seconds * 1_000).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' })

const heightPx = 150
/** In `admin.css`. Lines beyond as many have them again, dashed, and then dotted. */
const colours = 6
const dashesPx = [[], [6, 4], [2, 3]]
const colourOf = (line: number) => line % colours
const dashOf = (line: number) => Math.floor(line / colours) % dashesPx.length

/** Lines over time, with what they are now in words beneath. `times` in seconds. */
export function Chart({
  title,
  times,
  lines,
  show,
}: {
  title: string
  times: readonly number[]
  lines: readonly Line[]
  show: (value: number) => string
}) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(null)
  const labels = lines.map(({ label }) => label).join('\n')

  useEffect(() => {
    const { clientWidth: width } = place.current!
    const style = getComputedStyle(place.current!)
    const axis = {
      stroke: style.getPropertyValue('--faint'),
      grid: { stroke: style.getPropertyValue('--line'), width: 1 },
      ticks: { show: false },
    }
    plot.current = new uPlot(
      {
        width,
        height: heightPx,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { range: ({ data: [times] }) => spanOf(times) },
          y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] },
        },
        axes: [
          // Below the lowest figure of the other axis, not beside it.
          { ...axis, space: 80, gap: 12, size: 34, values: (_, ticks) => ticks.map(timeOf) },
          { ...axis, size: 76, values: (_, ticks) => ticks.map((tick) => show(tick)) },
        ],
        series: [
          {},
          ...lines.map(({ label }, i) => ({
            label,
            stroke: style.getPropertyValue(`--line-${colourOf(i)}`),
            dash: dashesPx[dashOf(i)]!,
            width: 2,
            points: { show: false },
          })),
        ],
      },
      [[], ...lines.map(() => [])],
      place.current!,
    )
    const resized = new ResizeObserver(([entry]) =>
      plot.current!.setSize({ width: entry!.contentRect.width, height: heightPx }),
    )
    resized.observe(place.current!)
    return () => {
      resized.disconnect()
      plot.current!.destroy()
    }
  }, [labels])

  useEffect(() => plot.current!.setData([[...times], ...lines.map(({ values }) => [...values])]), [times, labels])

  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} class="chart-lines" aria-hidden="true" />
      <ul class="chart-now">
        {lines.map(({ label, values }, i) => {
          const now = values.at(-1) ?? null
          return (
            <li key={label} class={`chart-dash-${dashOf(i)}`} style={{ '--colour': `var(--line-${colourOf(i)})` }}>
              {label} <strong>{now === null ? '–' : show(now)}</strong>
            </li>
          )
        })}
      </ul>
    </figure>
  )
}
