import { deviceLengthMax } from './limits.ts'

/** The first that occurs in a User-Agent counts: most name others too, for old times' sake. */
const browsers = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['CriOS/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const
const systems = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const

/**
 * What people may know a device by, of at most `deviceLengthMax` characters: "Firefox · Android" for browsers, in no
 * language; else its User-Agent as far as that is visible ASCII. Undefined where nothing is left.
 */
export function deviceName(userAgent: string | null): string | undefined {
  if (userAgent === null) return undefined
  const browser = browsers.find(([mark]) => userAgent.includes(mark))?.[1]
  const system = systems.find(([mark]) => userAgent.includes(mark))?.[1]
  if (browser !== undefined && system !== undefined) return `${browser} · ${system}`
  const text = userAgent.slice(0, deviceLengthMax).replace(/[^ -~]/g, '')
  return text.trim() || undefined
}
