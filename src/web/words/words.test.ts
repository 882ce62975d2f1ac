import { describe, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import en from './en.ts'

type Entry = string | Record<string, string>
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, hole]) => hole!).sort()
const texts = (entry: Entry) => (typeof entry === 'string' ? [entry] : Object.values(entry))
const isLanguage = (file: string) => /^[a-z]{2}(-\w+)?\.ts$/.test(file) && file !== 'en.ts'
const english = en as Record<string, Entry>

for (const file of readdirSync(import.meta.dir).filter(isLanguage)) {
  const tag = basename(file, '.ts')
  describe(`the words of ${tag}`, async () => {
    const words = (await import(`./${file}`)).default as Record<string, Entry>

    test('are those of English, all of them', () => {
      expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort())
    })

    test('have the forms that the language tells apart', () => {
      const forms = [...new Intl.PluralRules(tag).resolvedOptions().pluralCategories].sort()
      const wrong = Object.entries(words).filter(
        ([key, entry]) => typeof english[key] === 'object' && Object.keys(entry).sort().join() !== forms.join(),
      )
      expect(wrong.map(([key]) => key)).toEqual([])
    })

    test('leave no hole open, and none that nothing fills', () => {
      const wrong = Object.entries(words).filter(([key, entry]) => {
        const known = new Set(texts(english[key] ?? '').flatMap(holes))
        // A form for one or two may say the number in a word.
        return texts(entry).some((text) => holes(text).some((hole) => !known.has(hole)))
      })
      expect(wrong.map(([key]) => key)).toEqual([])
    })
  })
}
