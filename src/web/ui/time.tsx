import { signal } from '@preact/signals'
import { language } from '../words/index.ts'

/** Now, a few times a minute: whatever is shown in relative time follows it. */
const now = signal(Date.now())
setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now()
}, 15_000)
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') now.value = Date.now()
})

const steps: readonly [seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
]

/** "5 min ago", a date beyond a week; the full time when one points at it. */
export function RelativeTime({ at }: { at: string }) {
  const date = new Date(at)
  return (
    <time dateTime={at} title={full(date)}>
      {relative(date, now.value)}
    </time>
  )
}

const kept = new Map<string, Intl.RelativeTimeFormat | Intl.DateTimeFormat>()
/** Formats are dear to make. */
function format<F extends Intl.RelativeTimeFormat | Intl.DateTimeFormat>(name: string, make: () => F): F {
  if (!kept.has(name)) kept.set(name, make())
  return kept.get(name) as F
}

function relative(date: Date, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - date.getTime()) / 1_000)
  if (seconds > 7 * 86_400) {
    const sameYear = date.getFullYear() === new Date(nowMs).getFullYear()
    return format(
      `day${sameYear}`,
      () =>
        new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', ...(!sameYear && { year: 'numeric' }) }),
    ).format(date)
  }
  const [size, unit] = steps.find(([size]) => seconds >= size) ?? [1, 'second']
  const count = unit === 'second' ? 0 : Math.floor(seconds / size)
  return format('relative', () => new Intl.RelativeTimeFormat(language, { style: 'narrow', numeric: 'auto' })).format(
    -count || 0,
    unit,
  )
}

/** Day and time, in words. */
export const full = (date: Date): string =>
  format('full', () => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' })).format(date)

/** The month, in words. */
export const monthOf = (at: string): string =>
  format('month', () => new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric' })).format(new Date(at))
