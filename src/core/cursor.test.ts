import { expect, test } from 'bun:test'
import { type Cursor, decodeCursor, encodeCursor } from './cursor.ts'
import { idAt } from './ids.ts'
import type { Refusal } from './refusal.ts'

const now = Date.UTC(2026, 5, 1)
const key = { installation: 0x9e3779b1, secret: 12_345 }
const cursor: Cursor = {
  reader: 244_369_562_378_240,
  epoch: 146_569_428_977_762,
  position: 1_048_575,
  hotEpoch: 77,
  hotPosition: 3,
  watermark: idAt(now),
  deletions: idAt(now - 1_000),
}

function codeOf(text: string, reader = cursor.reader, of = key): string {
  try {
    decodeCursor(of, text, reader, now)
    return 'taken'
  } catch (error) {
    return (error as Refusal).code
  }
}

test('a cursor comes back as it was', () => {
  expect(decodeCursor(key, encodeCursor(key, cursor), cursor.reader, now)).toEqual(cursor)
})

test('another reader’s, another installation’s and an old one have expired', () => {
  const text = encodeCursor(key, cursor)
  expect(codeOf(text, cursor.reader + 1)).toBe('cursor_expired')
  expect(codeOf(text, cursor.reader, { ...key, installation: key.installation - 1 })).toBe('cursor_expired')
  expect(codeOf(encodeCursor(key, { ...cursor, watermark: idAt(now - 9 * 24 * 3600_000) }))).toBe('cursor_expired')
})

test('one with any character changed is malformed, the installation’s name included', () => {
  const text = encodeCursor(key, cursor)
  for (let i = 0; i < text.length; i++) {
    for (const other of '0az.') {
      if (other !== text[i]) expect(codeOf(text.slice(0, i) + other + text.slice(i + 1))).toBe('invalid')
    }
  }
  expect(codeOf('1.2.3.4.5.6.7.8.9')).toBe('invalid')
})
