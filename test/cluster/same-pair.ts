import { expect } from 'bun:test'
import { rookeryEnds } from '../cli/process.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'
import { Installation } from './processes.ts'
import { type Answer, type Asked, Side } from './same-side.ts'

export interface Step extends Asked {
  /** Words of the script by the answer's properties: `{ m1: 'id' }`; a dot goes deeper, `etag` and the like are headers. */
  readonly keep?: Readonly<Record<string, string>>
}

/** What API.md lets come late comes within this. */
const lateMsMax = 8_000

/** One server on the embedded engine and two gateways on the cluster engine, which are asked the same. */
export class Pair {
  readonly #installation = new Installation()
  readonly #folder = temporaryFolder()
  #embedded: Side | undefined
  #cluster: Side | undefined

  /** `options`: further ones, of all servers. The second gateway publishes through the first. */
  async start({ options = [], gateways = 2 }: { options?: readonly string[]; gateways?: number } = {}): Promise<void> {
    const alone = new ServerProcess(this.#folder.path, [...options])
    this.#embedded = new Side([alone])
    await alone.start()
    const servers = [await this.#installation.start(undefined, options)]
    while (servers.length < gateways) servers.push(await this.#installation.start('gateway', options))
    this.#cluster = new Side(servers)
  }

  get embedded(): Side {
    return this.#embedded!
  }

  get cluster(): Side {
    return this.#cluster!
  }

  get sides(): readonly [Side, Side] {
    return [this.embedded, this.cluster]
  }

  async end(): Promise<void> {
    await Promise.all((this.#embedded?.servers ?? []).map((server) => server.end('SIGKILL')))
    this.#folder.remove()
    await this.#installation.remove()
  }

  /** Signs up at both; `{name}` is the token from then on, `{nameId}` the id. */
  async person(name: string): Promise<void> {
    await this.same('', 'POST /users', {
      json: { handle: name, password: `password of ${name}` },
      keep: { [name]: 'token', [`${name}Id`]: 'user.id' },
    })
  }

  async people(...names: string[]): Promise<void> {
    for (const name of names) await this.person(name)
  }

  /** Runs a command of the shell on both, which must end well; gives what each printed. */
  async shell(...args: string[]): Promise<string[]> {
    const places = [['--data', this.#folder.path], await this.#installation.options()]
    const ended = await Promise.all(places.map((place) => rookeryEnds(...args, ...place)))
    for (const { status, errors } of ended) expect([args, status, errors]).toEqual([args, 0, ''])
    return ended.map(({ out }) => out)
  }

  /** Asks both as `who` (nobody where it is empty); their answers must be the same at once. Gives the embedded one's. */
  async same(who: string, call: string, step: Step = {}): Promise<Answer> {
    const answers = await this.#ask(who, call, step)
    const [one, two] = this.sides.map((side, i) => side.seen(answers[i]!))
    expect(two!.view, `${call} of ${who}`).toBe(one!.view)
    one!.keep()
    two!.keep()
    this.#keep(answers, step)
    return answers[0]
  }

  /** Asks until both answers are the same `times` times in a row, and `is` holds: for what may be late. */
  async soon(who: string, call: string, is: (answer: Answer) => boolean, step: Step = {}, times = 1): Promise<Answer> {
    let last: readonly [Answer, Answer] | undefined
    const agreed = async () => {
      for (let i = 0; i < times; i++) {
        last = await this.#ask(who, call, step)
        const [one, two] = this.sides.map((side, i) => side.seen(last![i]!))
        if (one!.view !== two!.view || !is(last[0])) return false
      }
      return true
    }
    await until(agreed, lateMsMax).catch(() => {})
    const [one, two] = this.sides.map((side, i) => side.seen(last![i]!))
    expect(two!.view, `${call} of ${who}, in the end`).toBe(one!.view)
    expect(is(last![0]), `${call} of ${who} gives what was waited for: ${last![0].text}`).toBe(true)
    one!.keep()
    two!.keep()
    this.#keep(last!, step)
    return last![0]
  }

  /** The same of each gateway of the cluster. */
  async soonEverywhere(who: string, call: string, is: (answer: Answer) => boolean = () => true): Promise<void> {
    await this.soon(who, call, is, {}, this.cluster.servers.length)
  }

  /** All of a list, page by page: the same lengths of pages and the same members, in the same order where it has one. */
  async walk(who: string, path: string, list: 'users' | 'messages', length: number): Promise<void> {
    let last: string[] = []
    const agreed = async () => {
      last = await Promise.all(this.sides.map((side) => walked(side, who, path, list, length)))
      return last[0] === last[1]
    }
    await until(agreed, lateMsMax).catch(() => {})
    expect(last[1], `${path} of ${who}, page by page`).toBe(last[0]!)
  }

  /** Both at once. */
  async #ask(who: string, call: string, step: Step): Promise<[Answer, Answer]> {
    const space = call.indexOf(' ')
    const [method, path] = [call.slice(0, space), call.slice(space + 1)]
    const ask = (side: Side) => side.ask(who, method, path, step)
    return Promise.all([ask(this.embedded), ask(this.cluster)])
  }

  #keep(answers: readonly Answer[], { keep = {} }: Step): void {
    for (const [word, where] of Object.entries(keep)) {
      for (const [i, side] of this.sides.entries()) {
        const { headers, body } = answers[i]!
        const found = headers.get(where) ?? where.split('.').reduce<unknown>(inside, body)
        if (typeof found !== 'string') throw new Error(`${where} is not in ${answers[i]!.text}`)
        side.words.set(word, found)
      }
    }
  }
}

function inside(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | undefined)?.[name]
}

/** What a walk over the list's pages shows. Users come in any order, which is the engine's own. */
async function walked(side: Side, who: string, path: string, list: string, length: number): Promise<string> {
  const pages: number[] = []
  const all: Record<string, unknown>[] = []
  let next: unknown
  do {
    const before = next === undefined ? '' : `&before=${encodeURIComponent(String(next))}`
    const at = `${path}${path.includes('?') ? '&' : '?'}length=${length}${before}`
    const { status, text, body } = await side.ask(who, 'GET', at, {})
    if (status !== 200) return `${status} ${text}`
    const page = body[list] as Record<string, unknown>[]
    // A page may be empty where what it would hold is hidden: there, engines may differ.
    if (page.length > 0) pages.push(page.length)
    all.push(...page)
    next = body.next
  } while (next !== undefined)
  if (list === 'users') all.sort((a, b) => (String(a.handle) < String(b.handle) ? -1 : 1))
  return side.seenJson([pages, all]).view
}
