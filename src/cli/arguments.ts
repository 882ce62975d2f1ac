import { type Config, options as configOptions, defaultConfig } from '../config.ts'
import { environmentName, type Option, type Options, Usage, type Values } from '../options.ts'

/** One command of `./rookery`; resolves to the exit status. */
export type Command = (argv: readonly string[]) => Promise<number>

/** What a command takes: from this its parser and its `--help` derive. */
export interface Form<Own extends Options> {
  /** As in `rookery NAME POSITIONALS`. */
  readonly name: string
  /** One sentence, without a full stop. */
  readonly does: string
  /** Names of what stands without a flag, in order; `[NAME…]` last takes any number, `[NAME]` may be absent. */
  readonly positionals: readonly string[]
  /** The command's own options. */
  readonly own: Own
  /** Which options of the installation it takes. */
  readonly shared: readonly (keyof Config)[]
  /** More lines for `--help`. */
  readonly notes?: string
}

export interface Arguments<Own extends Options> {
  readonly config: Config
  readonly own: Values<Own>
  readonly positionals: readonly string[]
}

export const allShared = Object.keys(configOptions) as (keyof Config)[]
/** What a command needs that works on an installation without serving it. */
export const installationOptions: (keyof Config)[] = [
  'engine',
  'data',
  'memoryBytes',
  'hotFollowers',
  'dormantAfterMs',
  'cassandra',
  'redis',
  'nats',
  'natsMonitor',
  'replication',
  'allowUnsafe',
  'keyspace',
]

/**
 * Reads a command's arguments: flags win over the environment, the environment over defaults.
 * Returns `help`, ready to print, when `--help` or `-h` was among them.
 * @throws Usage for anything that cannot be understood.
 */
export function readArguments<const Own extends Options>(
  form: Form<Own>,
  argv: readonly string[],
  environment: Record<string, string | undefined> = process.env,
): Arguments<Own> | { readonly help: string } {
  if (argv.includes('--help') || argv.includes('-h')) return { help: helpText(form) }
  const { given, positionals } = split(form, argv)
  const values = (table: Options, keys: readonly string[]) =>
    Object.fromEntries(
      keys.map((key) => {
        const option = table[key]!
        const told = toldValue(option, given, environment)
        return [key, told === undefined ? option.initial : told.value]
      }),
    )
  const own = values(form.own, Object.keys(form.own)) as Values<Own>
  // A command reads only the variables of the options it takes: a mistake in another one is not its business.
  const config = { ...defaultConfig, ...(values(configOptions, form.shared) as Partial<Config>) }
  return { config, own, positionals }
}

function toldValue(
  option: Option<unknown>,
  given: Map<string, string>,
  environment: Record<string, string | undefined>,
) {
  const flagText = given.get(option.flag)
  const name = environmentName(option)
  const told = flagText ?? (environment[name] || undefined)
  if (told === undefined) return undefined
  const value = option.read(told)
  // `--keep all` reads as undefined too: only a text that differs from the default can be wrong then.
  if (value === undefined && told !== option.shown) {
    const from = flagText === undefined ? name : `--${option.flag}`
    throw new Usage(`${from} wants ${option.wanted}${option.secret ? '' : `, not \`${told}\``}.`)
  }
  return { value }
}

function split(form: Form<Options>, argv: readonly string[]) {
  const known = new Map<string, Option<unknown>>()
  for (const option of Object.values(form.own)) known.set(option.flag, option)
  for (const key of form.shared) known.set(configOptions[key].flag, configOptions[key] as Option<unknown>)
  const given = new Map<string, string>()
  const positionals: string[] = []
  const rest = [...argv]
  while (rest.length > 0) {
    const word = rest.shift()!
    if (word === '--') {
      positionals.push(...rest)
      break
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word)
      continue
    }
    const equals = word.indexOf('=')
    const name = word.slice(2, equals < 0 ? undefined : equals)
    const option = word.startsWith('--') ? known.get(name) : undefined
    if (!option) throw new Usage(`${word.split('=')[0]} is no option of \`rookery ${form.name}\`; see --help.`)
    if (equals >= 0) given.set(name, word.slice(equals + 1))
    else if (option.value !== '') {
      if (rest.length === 0) throw new Usage(`--${name} wants ${option.wanted}.`)
      given.set(name, rest.shift()!)
    } else given.set(name, rest[0] !== undefined && /^(true|false)$/.test(rest[0]) ? rest.shift()! : 'true')
  }
  checkPositionals(form, positionals)
  return { given, positionals }
}

function checkPositionals(form: Form<Options>, positionals: readonly string[]): void {
  const needed = form.positionals.filter((name) => !name.startsWith('['))
  const any = form.positionals.at(-1)?.includes('…') ?? false
  if (positionals.length < needed.length) {
    throw new Usage(`\`rookery ${form.name}\` wants ${needed[positionals.length]}; see --help.`)
  }
  if (!any && positionals.length > form.positionals.length) {
    throw new Usage(`\`rookery ${form.name}\` does not know what to do with \`${positionals.at(-1)}\`; see --help.`)
  }
}

/** What `--help` prints for one command. */
export function helpText(form: Form<Options>): string {
  const rows = [
    ...Object.values(form.own),
    ...form.shared.map((key) => configOptions[key] as Option<unknown>),
    { flag: 'help', value: '', shown: '', help: 'this text' },
  ].map((option) => {
    const left = `  --${option.flag}${option.value ? ` ${option.value}` : ''}`
    const shown = option.shown && option.shown !== 'false' ? ` (default: ${option.shown})` : ''
    return [left, `${option.help}${shown}`] as const
  })
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)) + 2)
  const lines = rows.map(([left, right]) =>
    left.length >= width ? `${left}\n${' '.repeat(width)}${right}` : left.padEnd(width) + right,
  )
  const usage = ['rookery', form.name, ...form.positionals, '[OPTION…]'].join(' ')
  const environment =
    form.shared.length > 0
      ? '\nEach option may also stand in the environment: --hot-followers as ROOKERY_HOT_FOLLOWERS.\n'
      : ''
  return `Usage: ${usage}\n\n${form.does}.\n\n${lines.join('\n')}\n${environment}${form.notes ? `\n${form.notes}\n` : ''}`
}
