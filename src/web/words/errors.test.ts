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
  for (const field of ['file', 'query', 'media[1]', 'handle', 'invite', 'text', 'id'])
    expect(textOf('invalid', field)).not.toBe(general)
  expect(textOf('no_such_message', 'replyTo')).not.toBe(textOf('no_such_message', 'id'))
})
