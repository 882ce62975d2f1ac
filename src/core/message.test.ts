import { describe, expect, test } from 'bun:test'
import { handlesIn } from './mentions.ts'
import { boostBody, boostShown, cutBody, linkOf, mentionsOf, messageBody } from './message.ts'

const json = (body: string) => JSON.parse(`{${body}}`)

describe('a stored body', () => {
  test('tells what it answers, whatever its text says', () => {
    expect(linkOf(messageBody(7, 'plain'))).toBeUndefined()
    expect(linkOf(messageBody(7, '","replyTo":"5"'))).toBeUndefined()
    expect(linkOf(messageBody(7, '"boostOf":"1"', { replyTo: 5 }))).toEqual({ kind: 'reply', message: 5 })
    expect(linkOf(boostBody(7, 2 ** 53 - 1))).toEqual({ kind: 'boost', message: 2 ** 53 - 1 })
    expect(json(messageBody(7, 'x', { replyTo: 5 })).replyTo).toBe('5')
    expect(linkOf('')).toBeUndefined()
  })

  test('of a boost shows what it boosts, whose text is what a preview cuts', () => {
    const shown = boostShown(boostBody(7, 5), `{${messageBody(5, 'a👍longer, text')}}`)
    expect(json(shown)).toMatchObject({
      id: '7',
      text: '',
      mentions: [],
      boostOf: { id: '5', text: 'a👍longer, text' },
    })
    expect(json(cutBody(shown, 2))).toMatchObject({ id: '7', text: '', boostOf: { text: 'a👍', truncated: true } })
    expect(json(cutBody(shown, 2)).truncated).toBeUndefined()
    expect(cutBody(shown, 40)).toBe(shown)
  })
})

describe('mentions', () => {
  test.each([
    ['@bob', ['bob']],
    ['hi @Bob, and @ANN_1! (@carl)', ['bob', 'ann_1', 'carl']],
    ['@bob @BOB @bob.', ['bob']],
    ['.@bob “@ann”', ['bob', 'ann']],
    ['@bob’s and @ann-related', ['bob', 'ann']],
    ['joe@example.com, joe+@bob, a_@bob', []],
    ['https://example.com/@bob', []],
    ['@bob@example.com @@bob', []],
    ['é@bob 早@bob', []],
    ['@bobé @bob早', []],
    [`@${'a'.repeat(31)}`, []],
    ['@ bob ＠bob', []],
  ])('%s', (text, handles) => {
    expect(handlesIn(text, 20)).toEqual(handles)
  })

  test('are looked for no further than the first ones', () => {
    expect(handlesIn(Array.from({ length: 50 }, (_, i) => `@a${i}`).join(' '), 3)).toEqual(['a0', 'a1', 'a2'])
  })
})

test('whom a message names is read from its end, whatever its text says', () => {
  const mentions = [
    { id: 5, handle: 'ann' },
    { id: 7, handle: 'ben' },
  ]
  expect(mentionsOf(messageBody(9, 'a "mentions":[{"id":"8"}] \\"mentions\\":[] b', { mentions }))).toEqual([5, 7])
  expect(mentionsOf(messageBody(9, 'a "mentions":[{"id":"8"}]'))).toEqual([])
  expect(mentionsOf(boostBody(9, 8))).toEqual([])
  expect(mentionsOf('"id":"9","text":"of before"')).toEqual([])
})
