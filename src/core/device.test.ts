import { expect, test } from 'bun:test'
import { deviceName } from './device.ts'
import { deviceLengthMax } from './limits.ts'

test('browsers are told by name and system', () => {
  const safari = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5'
  const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0'
  for (const [userAgent, name] of [
    ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox · Android'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox · Linux'],
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36 Edg/138.0.0.0`, 'Edge · Windows'],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${chrome} Safari/537.36`, 'Chrome · macOS'],
    [`Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${safari} Mobile/15E148 Safari/604.1`, 'Safari · iPhone'],
  ] as const)
    expect(deviceName(userAgent)).toBe(name)
})

test('others by what they say, cut and without what is not visible', () => {
  expect(deviceName('curl/8.5.0')).toBe('curl/8.5.0')
  expect(deviceName(' one\u0000two\u202e ')).toBe('onetwo')
  expect(deviceName('x'.repeat(1_000))).toBe('x'.repeat(deviceLengthMax))
  for (const nothing of [null, '', '\u0000']) expect(deviceName(nothing)).toBeUndefined()
})
