import { describe, expect, test } from 'bun:test'
import { type Config, defaultConfig, options } from '../config.ts'
import { flag, optionalText, Usage, whole } from '../options.ts'
import { allShared, type Form, readArguments } from './arguments.ts'

const own = {
  messages: whole({ flag: 'messages', help: '' }, 0, 0, 1_000),
  tokens: optionalText({ flag: 'tokens', help: '' }),
  json: flag({ flag: 'json', help: '' }),
}
const form = {
  name: 'try',
  does: 'Tries',
  positionals: ['GRAPH', '[MORE]'],
  own,
  shared: allShared,
} satisfies Form<typeof own>

function read(words: string, environment: Record<string, string> = {}) {
  const answer = readArguments(form, words.split(' ').filter(Boolean), environment)
  if ('help' in answer) throw new Error('help was not asked for')
  return answer
}

describe('what is given', () => {
  test('flags with a space or an equals sign, switches, positionals in any place', () => {
    const { config, own, positionals } = read(
      'graph.gz --port 0 --memory=64MiB --json --messages 7 --dormant-after 2d --rate-limits off more',
    )
    expect(positionals).toEqual(['graph.gz', 'more'])
    expect(own).toEqual({ messages: 7, tokens: undefined, json: true })
    const { port, memoryBytes, dormantAfterMs, rateLimits } = config
    expect({ port, memoryBytes, dormantAfterMs, rateLimits }).toEqual({
      port: 0,
      memoryBytes: 67_108_864,
      dormantAfterMs: 172_800_000,
      rateLimits: false,
    })
  })

  test('the environment fills what no flag says, and an empty variable counts as absent', () => {
    const environment = {
      ROOKERY_PORT: '9000',
      ROOKERY_HOT_FOLLOWERS: '5',
      ROOKERY_DATA: '',
      ROOKERY_RATE_LIMITS: 'off',
    }
    const { config } = read('g --port 9001', environment)
    expect([config.port, config.hotFollowers, config.data, config.rateLimits]).toEqual([9001, 5, './data', false])
  })

  test('a switch takes true and false, and leaves other words alone', () => {
    expect(read('--allow-unsafe g').config.allowUnsafe).toBe(true)
    expect(read('--allow-unsafe=false g').config.allowUnsafe).toBe(false)
    expect(read('--allow-unsafe true g').config.allowUnsafe).toBe(true)
  })

  test('an IPv6 address may stand in brackets, as in a URL', () => {
    expect(['[::1]', '::1'].map((value) => read(`g --host ${value}`).config.host)).toEqual(['::1', '::1'])
  })

  test('retention is an age, a size or everything', () => {
    const kept = ['all', '365d', '200GiB'].map((value) => read(`g --keep ${value}`).config.keep)
    expect(kept).toEqual([undefined, { ageMs: 31_536_000_000 }, { bytes: 214_748_364_800 }])
  })

  test('roles are a list', () => {
    expect(read('g --roles notify,gateway').config.roles).toEqual(['gateway', 'notify'])
  })

  test('without anything, the defaults of API.md hold', () => {
    const { config } = read('g')
    expect(config).toEqual(defaultConfig)
    const { host, port, engine, data, hotFollowers, mediaBytesMax, keyspace, registration, replication } = config
    expect({ host, port, engine, data, hotFollowers, mediaBytesMax, keyspace, registration, replication }).toEqual({
      host: '127.0.0.1',
      port: 8080,
      engine: 'embedded',
      data: './data',
      hotFollowers: 10_000,
      mediaBytesMax: 41_943_040,
      keyspace: 'rookery',
      registration: 'open',
      replication: 3,
    })
  })
})

describe('wrong usage is one sentence', () => {
  const wrong = [
    'g --port x',
    'g --port 65536',
    'g --port -1',
    'g --port',
    'g --engine mysql',
    'g --memory 10 apples',
    'g --memory 1KiB',
    'g --dormant-after 14',
    'g --rate-limits maybe',
    'g --registration shut',
    'g --roles gateway,cook',
    'g --keyspace 1st',
    'g --public-url example.org',
    'g --keep forever',
    'g --media-max',
    'g --host=',
    'g --no-such-option',
    'g -p 80',
    'g one two',
    '',
  ]
  for (const words of wrong) {
    test(words || '(nothing)', () => {
      expect(() => read(words)).toThrow(Usage)
      try {
        read(words)
      } catch (problem) {
        expect((problem as Error).message).toMatch(/^[^\n]+[.]$/)
      }
    })
  }

  test('a wrong variable is named, but only by a command that takes the option', () => {
    expect(() => read('g', { ROOKERY_PORT: 'x' })).toThrow(/ROOKERY_PORT wants a whole number/)
    const narrow = { ...form, shared: ['data'] as (keyof Config)[] }
    expect(readArguments(narrow, ['g'], { ROOKERY_PORT: 'x' })).toMatchObject({ config: { port: 8080 } })
  })
})

test('--help lists every option and its default', () => {
  const answer = readArguments(form, ['--help'], {})
  const help = 'help' in answer ? answer.help : ''
  for (const option of [...Object.values(options), ...Object.values(own)]) expect(help).toContain(`--${option.flag}`)
  expect(help).toContain('(default: 8080)')
})
