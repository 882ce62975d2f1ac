/** Reading and writing sizes and durations as people give them on the command line: `40MiB`, `14d`. */

const sizeUnits: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

const durationUnits: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function read(text: string, units: Record<string, number>): number | undefined {
  const parts = /^([0-9]{1,15}(?:\.[0-9]{1,3})?) ?([a-z]*)$/i.exec(text)
  if (!parts) return undefined
  const unit = units[parts[2]!.toLowerCase()]
  if (unit === undefined) return undefined
  const value = Math.round(Number(parts[1]) * unit)
  return Number.isSafeInteger(value) ? value : undefined
}

/** Bytes from `1024`, `512kB`, `40MiB`, `1.5GiB`; undefined when it is none. */
export function readSize(text: string): number | undefined {
  return read(text, sizeUnits)
}

/** Milliseconds from `500ms`, `30s`, `5m`, `24h`, `14d`; undefined when it is none (a bare number has no unit). */
export function readDuration(text: string): number | undefined {
  return read(text, durationUnits)
}

/** `6.0 GiB`, `40 MiB`, `512 B`: at most four characters before the unit. */
export function sizeText(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let step = 0
  while (value >= 1024 && step < names.length - 1) {
    value /= 1024
    step += 1
  }
  return `${step === 0 || value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${names[step]}`
}
