import type { ServerProcess } from '../system/server.ts'

/** An answer as a script looks at it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON body; empty where there is none. */
  readonly body: Record<string, unknown>
}

export interface Asked {
  readonly json?: unknown
  /** A body sent as it is. */
  readonly raw?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Headers that say nothing about the answer, or of which the length of an id has a part. */
const passedOver = new Set(['date', 'content-length', 'connection', 'keep-alive'])
/** Ids of our own days; those that scripts make up are shorter or longer. */
const someId = /\b[1-9][0-9]{13,15}\b/g
const someToken = /(?<![\w-])[\w-]{43}(?![\w-])/g
const someCode = /^\d+-[0-9a-f]{20}$/
const times = new Set(['createdAt', 'changedAt', 'since', 'expiresAt'])
const someTime = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** One of the two installations: what it runs as, and what the script's words stand for there. */
export class Side {
  readonly servers: readonly ServerProcess[]
  /** `{word}` in a path, a header or a text of a script. */
  readonly words = new Map<string, string>()
  #names = new Map<string, string>()
  #turn = 0

  constructor(servers: readonly ServerProcess[]) {
    this.servers = servers
  }

  /** The next gateway's address: each call is another's turn. */
  next(): string {
    return this.servers[this.#turn++ % this.servers.length]!.address
  }

  word(word: string): string {
    const found = this.words.get(word)
    if (found === undefined) throw new Error(`the script has no {${word}} yet`)
    return found
  }

  /** The text with its words put in; what is no word of the script stays. */
  fill(text: string): string {
    return text.replace(/\{(\w+)\}/g, (whole, word) => this.words.get(word) ?? whole)
  }

  fillAll(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value), (_, each) => (typeof each === 'string' ? this.fill(each) : each))
  }

  async ask(who: string, method: string, path: string, { json, raw, headers = {} }: Asked): Promise<Answer> {
    const all: Record<string, string> = {}
    if (who !== '') all.authorization = `Bearer ${this.word(who)}`
    if (json !== undefined) all['content-type'] = 'application/json'
    // As UTF-8: a header takes bytes.
    for (const [name, value] of Object.entries(headers)) all[name] = Buffer.from(this.fill(value)).toString('latin1')
    const body = json === undefined ? raw : JSON.stringify(this.fillAll(json))
    const response = await fetch(this.next() + this.fill(path), {
      method,
      headers: all,
      redirect: 'manual',
      ...(body !== undefined && { body: body as string }),
    })
    const text = await response.text()
    const isJson = /^application\/(problem\+)?json$/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, body: isJson && text ? JSON.parse(text) : {} }
  }

  /** How the answer looks to who knows neither ids nor times, and the names that this gives to new ids. */
  seen({ status, headers, text, body }: Answer): Seen {
    const names = new Names(this.#names)
    const shown: Record<string, string> = {}
    for (const [name, value] of headers) if (!passedOver.has(name)) shown[name] = names.text(value)
    if (shown.etag !== undefined) shown.etag = names.of('etag', shown.etag)
    const isJson = Object.keys(body).length > 0
    const view = JSON.stringify([status, shown, isJson ? names.value(body) : text], undefined, 1)
    return { view, keep: () => this.#keep(names) }
  }

  /** The same of any JSON, such as a frame. */
  seenJson(value: unknown): Seen {
    const names = new Names(this.#names)
    return { view: JSON.stringify(names.value(value), undefined, 1), keep: () => this.#keep(names) }
  }

  #keep({ all }: Names): void {
    this.#names = all
  }
}

export interface Seen {
  readonly view: string
  /** From now on its ids are known by the names they have in it. */
  keep(): void
}

/** Names for ids and ETags in the order in which they are met. */
class Names {
  readonly all: Map<string, string>

  constructor(known: ReadonlyMap<string, string>) {
    this.all = new Map(known)
  }

  of(kind: string, value: string): string {
    const known = this.all.get(value)
    if (known !== undefined) return known
    const name = `${kind} ${this.all.size + 1}`
    this.all.set(value, name)
    return name
  }

  text(text: string): string {
    return text.replace(someToken, 'TOKEN').replace(someId, (id) => this.of('id', id))
  }

  value(value: unknown, key = ''): unknown {
    if (Array.isArray(value)) return value.map((each) => this.value(each))
    if (typeof value === 'object' && value !== null) {
      // A cluster tells a deletion once more for a while (SPEC, [M11]): scripts look at these themselves.
      const entries = Object.entries(value).filter(([name]) => name !== 'deleted')
      return entries.map(([name, each]) => [this.text(name), this.value(each, name)])
    }
    if (typeof value !== 'string') return value
    if (key === 'cursor' || (key === 'next' && !/^\d+$/.test(value))) return 'OPAQUE'
    if (times.has(key) && someTime.test(value)) return 'TIME'
    if (key === 'code' && someCode.test(value)) return 'CODE'
    return this.text(value)
  }
}
