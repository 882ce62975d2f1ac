import type { ComponentChildren } from 'preact'
import en from './en.ts'
import { languages } from './languages.ts'

type English = typeof en
export type Word = keyof English
type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>
/** What a file of words holds: an entry with forms has those that its language tells apart. What it lacks is said in English. */
export type Words = { readonly [W in Word]?: English[W] extends string ? string : Forms }

type Holes<S> = S extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never
type Text<W extends Word> = English[W] extends string ? English[W] : English[W][keyof English[W]]
type Filled<W extends Word, Value> = [Holes<Text<W>>] extends [never] ? [] : [Record<Holes<Text<W>>, Value>]

let words: Words = en
/** The tag of the language that is spoken. */
export let language = 'en'
let plural = new Intl.PluralRules('en')
let numbers = new Intl.NumberFormat('en')

const chosenKey = 'language'

/** Loads the language that was chosen, or the first that both the browser's settings and this folder name. */
export async function loadWords(): Promise<void> {
  const tags = [localStorage.getItem(chosenKey) ?? [], ...navigator.languages].flat()
  const known = ['en', ...Object.keys(languages)]
  const match = (tag: string) => known.find((each) => each === tag) ?? known.find((each) => each === tag.split('-')[0])
  language = tags.map(match).find((tag) => tag !== undefined) ?? 'en'
  // Dates and numbers as in the reader's own country where it is the same language.
  const locale = tags.find((tag) => tag.startsWith(language)) ?? language
  if (language !== 'en') words = (await languages[language]!()).default
  plural = new Intl.PluralRules(locale)
  numbers = new Intl.NumberFormat(locale)
  document.documentElement.lang = language
  document.documentElement.dir = isRightToLeft(language) ? 'rtl' : 'ltr'
}

/** Every language one may choose, by its tag and its own name. */
export function languageChoices(): { tag: string; name: string }[] {
  return [...new Set(['en', ...Object.keys(languages)])].map((tag) => ({
    tag,
    name: new Intl.DisplayNames(tag, { type: 'language' }).of(tag) ?? tag,
  }))
}

/** Undefined: what the browser's settings say. Takes effect at the next load. */
export function chooseLanguage(tag: string | undefined): void {
  if (tag === undefined) localStorage.removeItem(chosenKey)
  else localStorage.setItem(chosenKey, tag)
}

function isRightToLeft(tag: string): boolean {
  const script = new Intl.Locale(tag).maximize().script
  return script !== undefined && ['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm'].includes(script)
}

/** The words for `word`, with every `{hole}` filled. Numbers are written as the language writes them. */
export function t<W extends Word>(word: W, ...[values]: Filled<W, string | number>): string {
  return pattern(word, values).replace(/\{(\w+)\}/g, (_, hole: string) => written((values as Values)[hole]!))
}

/** The same with elements in the holes: `{name} boosted` with a link for the name. */
export function tr<W extends Word>(word: W, ...[values]: Filled<W, ComponentChildren>): ComponentChildren[] {
  return pattern(word, values)
    .split(/\{(\w+)\}/g)
    .map((part, i) => (i % 2 === 0 ? part : (values as Record<string, ComponentChildren>)[part]))
}

type Values = Record<string, string | number>

function pattern(word: Word, values: object | undefined): string {
  const entry: string | Forms = words[word] ?? en[word]
  if (typeof entry === 'string') return entry
  const count = (values as Values).count as number
  return entry[plural.select(count)] ?? entry.other
}

const written = (value: string | number) => (typeof value === 'number' ? numbers.format(value) : value)

/** A whole number as the language writes it. */
export const number = (value: number): string => numbers.format(value)

/** A count in little room: 1.2K. */
export const shortNumber = (value: number): string =>
  value < 1_000 ? numbers.format(value) : new Intl.NumberFormat(language, { notation: 'compact' }).format(value)

/** So many minutes, in words. */
export const minutes = (value: number): string =>
  new Intl.NumberFormat(language, { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(value)

/** A size in little room: 3.4 MB. */
export function fileSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte']
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  const value = bytes / 1_000 ** step
  const digits = step > 0 && value < 10 ? 1 : 0
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[step]!,
    // The short form of a byte knows no plural.
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: digits,
  }).format(value)
}
