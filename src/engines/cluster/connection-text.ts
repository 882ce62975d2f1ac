import { inspect } from 'node:util'

/** What an option says about an engine cannot be understood: wrong usage. One sentence that names the option, never its text. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting'

  constructor(option: string, sentence: string) {
    super(`${option}: ${sentence}`)
  }
}

/** A password or token. Shows itself to whoever asks for it by name alone, not to logs. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '(hidden)'
  }

  toJSON(): string {
    return '(hidden)'
  }

  [inspect.custom](): string {
    return '(hidden)'
  }
}

export interface NodeAddress {
  /** A name or an address; of IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

/** `host:port` as it is written: IPv6 in brackets. */
export function nodeText({ host, port }: NodeAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** What a connection text holds, whatever the engine. */
export interface ConnectionText {
  /** In lower case; undefined for a plain list. */
  readonly scheme: string | undefined
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly nodes: readonly NodeAddress[]
  readonly parameters: ReadonlyMap<string, string>
}

export interface TextForm {
  /** For sentences, with its dashes. */
  readonly option: string
  readonly schemes: readonly string[]
  readonly defaultPort: number
  readonly parameters: readonly string[]
}

/**
 * Reads `host:port,…` or `scheme://user:password@host:port,…/?name=value&…`.
 * @throws WrongSetting whose sentence holds nothing of the text that could be a secret
 */
export function readConnectionText(form: TextForm, text: string): ConnectionText {
  const url = /^([a-z][a-z0-9+]*):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i.exec(text.trim())
  if (url === null) {
    if (text.includes('/') || text.includes('@')) throw new WrongSetting(form.option, wanted(form))
    return {
      scheme: undefined,
      user: undefined,
      password: undefined,
      nodes: readNodes(form, text),
      parameters: new Map(),
    }
  }
  const [, scheme = '', authority = '', path = '', query = ''] = url
  if (!form.schemes.includes(scheme.toLowerCase()) || !/^\/?$/.test(path)) {
    throw new WrongSetting(form.option, wanted(form))
  }
  const at = authority.lastIndexOf('@')
  const [user, password] = at < 0 ? [] : readUser(form, authority.slice(0, at))
  return {
    scheme: scheme.toLowerCase(),
    user: user || undefined,
    password,
    nodes: readNodes(form, authority.slice(at + 1)),
    parameters: readParameters(form, query),
  }
}

/** A comma-separated list of `host`, `host:port`, `[address]` or `[address]:port`. */
export function readNodes(form: Pick<TextForm, 'option' | 'defaultPort'>, list: string): NodeAddress[] {
  return list.split(',').map((part, i) => {
    const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::([0-9]{1,5}))?$/i.exec(part.trim())
    const port = found?.[3] === undefined ? form.defaultPort : Number(found[3])
    const host = found?.[1] ?? found?.[2]
    if (host === undefined || port < 1 || port > 65_535) {
      throw new WrongSetting(
        form.option,
        `host ${i + 1} of the list must be a name or address, and a port from 1 to 65535 after a colon where it is not ${form.defaultPort}.`,
      )
    }
    return { host, port }
  })
}

/** True or false of a parameter; undefined where it is not given. */
export function readSwitch({ option }: TextForm, text: ConnectionText, name: string): boolean | undefined {
  const given = text.parameters.get(name)
  if (given === undefined) return undefined
  if (given !== 'true' && given !== 'false') throw new WrongSetting(option, `${name} must be \`true\` or \`false\`.`)
  return given === 'true'
}

function readUser(form: TextForm, given: string): [user: string, password: Secret | undefined] {
  const colon = given.indexOf(':')
  const user = colon < 0 ? given : given.slice(0, colon)
  try {
    return [decodeURIComponent(user), colon < 0 ? undefined : new Secret(decodeURIComponent(given.slice(colon + 1)))]
  } catch {
    throw new WrongSetting(form.option, 'a `%` in user or password must be written as `%25`.')
  }
}

function readParameters(form: TextForm, query: string): Map<string, string> {
  const parameters = new Map(new URLSearchParams(query))
  for (const name of parameters.keys()) {
    if (!form.parameters.includes(name)) {
      throw new WrongSetting(form.option, `there is no such parameter; known are ${form.parameters.join(', ')}.`)
    }
  }
  return parameters
}

function wanted({ option, schemes, defaultPort }: TextForm): string {
  const name = option.replace('--', '').toUpperCase()
  return `give host:port,… or ${schemes[0]}://USER:PASSWORD@HOST:${defaultPort},…/?NAME=VALUE (special characters of the password as %XX; best by ROOKERY_${name}).`
}
