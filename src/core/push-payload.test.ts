import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { pushPayloadBytesMax } from './limits.ts'
import { pushText } from './push-payload.ts'
import type { PushPayload } from './wire-push.ts'

const of = (text: string): PushPayload => ({
  type: 'mention',
  user: { id: '1', handle: 'ann', name: 'Ann' },
  message: { id: '2', text },
  count: 3,
})
const read = (text: string) => JSON.parse(pushText(of(text))) as PushPayload

test('[W24] what fits is whole', () => {
  expect(read('Grüße 🎉')).toEqual(of('Grüße 🎉'))
  const { message: _, ...follow } = of('')
  expect(JSON.parse(pushText(follow))).toEqual(follow)
})

test('[W24] what does not is cut behind a code point, as late as it can be', () => {
  for (const one of ['x', 'é', '汉', '🎉', '"', '\n', '\u0001'.repeat(1)]) {
    const text = one.repeat(10_240 / Buffer.byteLength(one))
    const json = pushText(of(text))
    const cut = read(text).message!.text
    const bytes = Buffer.byteLength(json)
    expect(bytes).toBeLessThanOrEqual(pushPayloadBytesMax)
    expect(bytes).toBeGreaterThan(pushPayloadBytesMax - Buffer.byteLength(JSON.stringify(one)))
    expect(text.startsWith(cut) && cut.isWellFormed()).toBe(true)
  }
})

test('[W24] whatever the text, it is a beginning of it that fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 1, max: 60 }), (piece, times) => {
      const text = piece.repeat(times)
      const cut = read(text).message!.text
      expect(text.startsWith(cut) && cut.isWellFormed()).toBe(true)
      expect(Buffer.byteLength(pushText(of(text)))).toBeLessThanOrEqual(pushPayloadBytesMax)
    }),
  )
})
