import { expect, test } from 'bun:test'
import { shownAs } from './pushed.ts'

const user = { id: '7', handle: 'ada', name: 'Ada $& {name}' }

test('a push says who did what, and leads there', () => {
  const message = { id: '12', text: 'Hello' }
  expect(shownAs({ type: 'mention', user, message }, {})).toEqual({
    title: 'Ada $& {name} mentioned you',
    body: 'Hello',
    tag: 'mention 12',
    path: '/@ada/12',
  })
  expect(shownAs({ type: 'follow', user }, {})).toMatchObject({ path: '/@ada', body: '' })
})

test('in the words that the page has left', () => {
  expect(shownAs({ type: 'like', user }, { like: '{name} mag das' }).title).toBe('Ada $& {name} mag das')
})

test('several lead to the list of all', () => {
  expect(shownAs({ type: 'like', user, message: { id: '12', text: 'x' }, count: 4 }, {})).toMatchObject({
    title: 'Ada $& {name} liked your message, and 3 more',
    path: '/inbox',
  })
})

test('what cannot be read still says that there is something', () => {
  for (const odd of [undefined, {}, { type: 'other', user }] as never[]) {
    expect(shownAs(odd, {})).toMatchObject({ title: 'There is something new', path: '/inbox' })
  }
})
