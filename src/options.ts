import { readDuration, readSize } from './core/units.ts'

/** The command line was used wrongly: one sentence for the terminal, exit status 2. */
export class Usage extends Error {
  override readonly name = 'Usage'
}

/** One option: how its value is read, what it is when it is not given, and what is said about it. */
export interface Option<T> {
  /** The flag without its two dashes; its environment name derives from it (see `environmentName`). */
  readonly flag: string
  /** What stands for the value in help, such as `SIZE`; empty for a switch that needs none. */
  readonly value: string
  readonly initial: T
  /** The default as help and docs show it. */
  readonly shown: string
  readonly help: string
  /** What a larger, smaller or other value costs, for docs/OPERATIONS.md. */
  readonly cost: string
  /** Its text is never shown, not even where it is wrong. */
  readonly secret?: true
  /** Returns the value, or undefined when `text` is none; `wanted` then says what would be one. */
  readonly read: (text: string) => T | undefined
  readonly wanted: string
}

export type Options = Readonly<Record<string, Option<unknown>>>
/** The values of a table of options. */
export type Values<Table extends Options> = {
  readonly [Key in keyof Table]: Table[Key] extends Option<infer T> ? T : never
}

type Words = Pick<Option<unknown>, 'flag' | 'help'> & {
  cost?: string
  secret?: true
  shown?: string
  value?: string
}

function describe(words: Words, value: string, initial: unknown) {
  return { cost: '', value, shown: initial === undefined ? '' : String(initial), ...words }
}

/** Any text of at least one character. */
export function text(words: Words, initial: string): Option<string> {
  return { ...describe(words, 'TEXT', initial), initial, read: (t) => t || undefined, wanted: 'a text' }
}

/** As `text`, undefined when it is not given. */
export function optionalText(words: Words): Option<string | undefined> {
  return { ...describe(words, 'TEXT', undefined), initial: undefined, read: (t) => t || undefined, wanted: 'a text' }
}

/** A text of a form that `pattern` gives; `wanted` says it in words. */
export function pattern(words: Words, initial: string, form: RegExp, wanted: string): Option<string> {
  return {
    ...describe(words, 'NAME', initial),
    initial,
    read: (t) => (form.test(t) ? t : undefined),
    wanted,
  }
}

/** A whole number from `least` to `most`. */
export function whole(words: Words, initial: number, least: number, most: number): Option<number> {
  return {
    ...describe(words, 'N', initial),
    initial,
    read(t) {
      const n = /^[0-9]{1,15}$/.test(t) ? Number(t) : Number.NaN
      return n >= least && n <= most ? n : undefined
    },
    wanted: `a whole number from ${least} to ${most}`,
  }
}

/** As `whole`, undefined when it is not given. */
export function optionalWhole(words: Words, least: number, most: number): Option<number | undefined> {
  return { ...whole(words, least, least, most), initial: undefined, shown: words.shown ?? '' }
}

const yes = new Set(['on', 'true', 'yes', '1'])
const no = new Set(['off', 'false', 'no', '0'])

function readBoolean(t: string): boolean | undefined {
  const word = t.toLowerCase()
  return yes.has(word) ? true : no.has(word) ? false : undefined
}

/** `on` or `off`, always given. */
export function onOff(words: Words, initial: boolean): Option<boolean> {
  const shown = initial ? 'on' : 'off'
  return { ...describe(words, 'on|off', shown), initial, read: readBoolean, wanted: '`on` or `off`' }
}

/** A switch: the flag alone means true; `=true` and `=false` may follow. */
export function flag(words: Words): Option<boolean> {
  return { ...describe(words, '', false), initial: false, read: readBoolean, wanted: '`true` or `false`' }
}

/** One of the words given. */
export function choice<const W extends string>(words: Words, initial: W, all: readonly W[]): Option<W> {
  return {
    ...describe(words, all.join('|'), initial),
    initial,
    read: (t) => all.find((w) => w === t),
    wanted: `one of ${all.map((w) => `\`${w}\``).join(', ')}`,
  }
}

/** Some of the words given, comma-separated, at least one. */
export function some<const W extends string>(words: Words, all: readonly W[]): Option<readonly W[]> {
  return {
    ...describe(words, 'LIST', 'all'),
    initial: all,
    read(t) {
      const given = t === 'all' ? all : t.split(',').map((w) => all.find((known) => known === w.trim()))
      return given.every((w) => w !== undefined) ? all.filter((w) => given.includes(w)) : undefined
    },
    wanted: `a comma-separated list of ${all.map((w) => `\`${w}\``).join(', ')}`,
  }
}

/** A duration in milliseconds. */
export function duration(words: Words & { shown: string }, initial: number, least: number): Option<number> {
  return {
    ...describe(words, 'TIME', initial),
    initial,
    read(t) {
      const ms = readDuration(t)
      return ms !== undefined && ms >= least ? ms : undefined
    },
    wanted: `a time with its unit, such as \`14d\`, \`12h\` or \`30s\`, of at least ${least} ms`,
  }
}

/** A size in bytes. */
export function size(words: Words & { shown: string }, initial: number, least: number): Option<number> {
  return {
    ...describe(words, 'SIZE', initial),
    initial,
    read(t) {
      const bytes = readSize(t)
      return bytes !== undefined && bytes >= least ? bytes : undefined
    },
    wanted: `a size such as \`40MiB\` or \`2GiB\`, of at least ${least} bytes`,
  }
}

/** `--hot-followers` is `ROOKERY_HOT_FOLLOWERS` in the environment. */
export function environmentName(option: Pick<Option<unknown>, 'flag'>): string {
  return `ROOKERY_${option.flag.toUpperCase().replaceAll('-', '_')}`
}
