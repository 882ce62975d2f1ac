import { expect, test } from 'bun:test'
import { RookeryError } from '../../sdk/browser.ts'
import { errorText } from './errors.ts'

const detail = '`query` must hold a word, of letters or digits.'
const textOf = (code: string, field?: string) => errorText(new RookeryError(code as 'invalid', 422, detail, { field }))

test('whatever the server refuses, its own sentence for programs is not shown', () => {
  const codes = ['invalid', 'bad_request', 'bad_json', 'cursor_expired', 'no_such_message', 'a_code_of_next_year']
  const fields = [undefined, 'file', 'query', 'media[0]', 'replyTo', 'a field of next year']
  const texts = codes.flatMap((code) => fields.map((field) => textOf(code, field)))
  expect(texts.filter((text) => text === '' || text.includes('`'))).toEqual([])
})

test('what people meet has words of its own', () => {
  const general = textOf('a_code_of_next_year')
  for (const field of ['file', 'query', 'media[1]', 'handle', 'password', 'invite', 'text', 'id'])
    expect(textOf('invalid', field)).not.toBe(general)
  expect(textOf('no_such_message', 'replyTo')).not.toBe(textOf('no_such_message', 'id'))
})

test('what is asked for too often is to be tried again in seconds, or in minutes where they are many', () => {
  const after = (retryAfter: number) => errorText(new RookeryError('rate_limited', 429, detail, { retryAfter }))
  expect([1, 60, 3_541].map(after)).toEqual([
    'Too much at once. Try again in 1 second.',
    'Too much at once. Try again in 60 seconds.',
    'Too much at once. Try again in 60 minutes.',
  ])
})

test('a password that is too long is not said to be too short', () => {
  expect(textOf('invalid', 'password')).toContain('1,024 bytes at most')
})
