import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { splitText } from './text.ts'

const known = new Set(['ada', 'ben'])
const parts = (text: string) => splitText(text, known).map((part) => [part.kind, part.text])
const only = (kind: string, text: string) =>
  splitText(text, known)
    .filter((part) => part.kind === kind)
    .map((part) => part.text)

describe('a text in parts', () => {
  test('mentions of those there are, links and hashtags', () => {
    expect(parts('Hi @Ada and @zoe: https://a.example/x?y=1 #rook!')).toEqual([
      ['text', 'Hi '],
      ['mention', '@Ada'],
      ['text', ' and @zoe: '],
      ['link', 'https://a.example/x?y=1'],
      ['text', ' '],
      ['tag', '#rook'],
      ['text', '!'],
    ])
  })

  test('a mention begins a word, as on the server', () => {
    for (const no of ['x@ada', 'ada@ada.example', '/@ada', '@ada@other.example', '@adaé', 'é@ada']) {
      expect([no, only('mention', no)]).toEqual([no, []])
    }
    for (const yes of ['@ada', '(@ada)', '@ada.', '@ada, @ben', '«@ada»', '@ada’s']) {
      expect([yes, only('mention', yes).length > 0]).toEqual([yes, true])
    }
  })

  test('a link ends before the punctuation of its sentence, and keeps brackets of its own', () => {
    const linked = (text: string) => only('link', text)
    expect(linked('See https://a.example/b.')).toEqual(['https://a.example/b'])
    expect(linked('(https://a.example/b)')).toEqual(['https://a.example/b'])
    expect(linked('https://a.example/wiki/Rook_(bird)')).toEqual(['https://a.example/wiki/Rook_(bird)'])
    expect(linked('https://a.example/b?c=d&e=f#g…')).toEqual(['https://a.example/b?c=d&e=f#g'])
    expect(linked('HTTPS://A.example, then')).toEqual(['HTTPS://A.example'])
  })

  test('only http and https become links, and only to where a browser would go', () => {
    const odd = ['javascript:alert(1)', 'data:text/html,x', 'ftp://a.example', 'https://', 'http:///', 'https://[::bad']
    for (const text of odd) expect([text, only('link', text)]).toEqual([text, []])
    const [link] = splitText('https://a.example/"onmouseover="x', known).filter((part) => part.kind === 'link')
    expect(link).toMatchObject({ href: 'https://a.example/' })
  })

  test('a hashtag has a letter, of any alphabet', () => {
    expect(only('tag', '#1 #2nd #straße #тег #وسم a#b #_x /#c &#39;')).toEqual([
      '#2nd',
      '#straße',
      '#тег',
      '#وسم',
      '#_x',
    ])
  })

  test('together the parts are the text, whatever it is', () => {
    const piece = fc.constantFrom(
      '@ada',
      '@',
      '#',
      '#tag',
      'https://a.example',
      'http://',
      '(',
      ')',
      '.',
      ' ',
      '\n',
      'é',
      '😀',
      '\u202e',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          const split = splitText(text, known)
          expect(split.map((part) => part.text).join('')).toBe(text)
          for (const part of split) if (part.kind === 'link') expect(part.href).toMatch(/^https?:\/\//)
        },
      ),
    )
  })

  test('a text as long as any takes no longer than a moment', () => {
    for (const text of [
      'https://a.example/'.padEnd(10_240, ')'),
      '#'.repeat(10_240),
      '@a'.repeat(5_120),
      '('.repeat(10_240),
    ]) {
      const began = performance.now()
      splitText(text, known)
      expect(performance.now() - began).toBeLessThan(200)
    }
  })
})
