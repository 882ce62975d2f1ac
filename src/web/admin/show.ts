import { fileSize, language } from '../words/index.ts'
import type { ChartOf } from './charts.ts'

/** A figure in little room, as the reader's language writes it. */
export function show(value: number, unit: ChartOf['unit']): string {
  if (unit === 'bytes') return fileSize(value)
  if (unit === 'share') return written(value, { style: 'percent', maximumFractionDigits: 1 })
  if (unit === 'number') return written(value, { notation: 'compact', maximumFractionDigits: value < 10 ? 2 : 1 })
  if (value >= 1) return written(value, { style: 'unit', unit: 'second', maximumSignificantDigits: 3 })
  return written(value * 1_000, { style: 'unit', unit: 'millisecond', maximumSignificantDigits: 3 })
}

const written = (value: number, how: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, how).format(value)
