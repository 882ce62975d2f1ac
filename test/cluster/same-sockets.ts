import { expect } from 'bun:test'
import { Client, type Got } from '../socket/harness.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import type { Pair } from './same-pair.ts'
import type { Side } from './same-side.ts'

interface Opening {
  readonly headers?: Readonly<Record<string, string>>
  readonly protocols?: readonly string[]
}

/** What may come late on a socket comes within this. */
const lateMsMax = 8_000

/** A socket at both installations, given the same frames. */
export class SocketPair {
  readonly clients: readonly [Client, Client]
  readonly #sides: readonly [Side, Side]
  #refs = 0

  private constructor(clients: readonly [Client, Client], sides: readonly [Side, Side]) {
    this.clients = clients
    this.#sides = sides
  }

  /** Connections that have said nothing. `{address}` in a header is the server's own origin. */
  static async open(pair: Pair, { headers = {}, protocols }: Opening = {}): Promise<SocketPair> {
    const open = (side: Side) => {
      const address = side.next()
      const filled = Object.entries(headers).map(([name, value]) => [
        name,
        side.fill(value.replace('{address}', address)),
      ])
      return Client.open(`${address.replace('http', 'ws')}/socket`, {
        headers: Object.fromEntries(filled),
        ...(protocols && { protocols: [...protocols] }),
      })
    }
    const clients = await Promise.all([open(pair.embedded), open(pair.cluster)])
    expect(clients[1].socket.protocol).toBe(clients[0].socket.protocol)
    return new SocketPair(clients, pair.sides)
  }

  /** Sockets of `who` that are ready, and were told the same. */
  static async ready(pair: Pair, who: string, hello: object = {}): Promise<SocketPair> {
    const sockets = await SocketPair.open(pair)
    sockets.send({ op: 'hello', token: `{${who}}`, ...hello })
    await sockets.next('ready')
    return sockets
  }

  /** An object has its words put in, a text goes as it is. */
  send(frame: object | string): void {
    for (const [i, client] of this.clients.entries()) {
      client.send(typeof frame === 'string' ? frame : (this.#sides[i]!.fillAll(frame) as object))
    }
  }

  /** The answers to a request, which must be the same at once; `keep` as in a `Step`. */
  async ask(frame: { op: string } & Record<string, unknown>, keep: Readonly<Record<string, string>> = {}) {
    const ref = `r${++this.#refs}`
    this.send({ ...frame, ref })
    return this.#same(await Promise.all(this.clients.map((client) => client.next(`ref:${ref}`))), frame.op, keep)
  }

  /** The next frames of this kind, as `Client.next` has it, which must be the same. */
  async next(kind: string, keep: Readonly<Record<string, string>> = {}): Promise<Got> {
    return this.#same(await Promise.all(this.clients.map((client) => client.next(kind))), kind, keep)
  }

  /** Waits until both were given `count` messages in all, and compares them, in their order or by id. */
  async messages(count: number, order: 'as they came' | 'by id' = 'as they came'): Promise<void> {
    const list = (client: Client) => client.frames.filter((frame) => frame.event === 'message')
    await until(() => this.clients.every((client) => list(client).length >= count), lateMsMax).catch(() => {})
    const seen = this.clients.map((client) => {
      const all = list(client).map(({ message }) => message!)
      return order === 'by id' ? all.sort((a, b) => Number(a.id) - Number(b.id)) : all
    })
    this.compare(seen)
    expect(seen[0]!.length).toBe(count)
  }

  /** Waits until both were given each of these messages, once; what else they were given has been deleted since. */
  async stayed(words: readonly string[]): Promise<void> {
    for (const [i, client] of this.clients.entries()) {
      const wanted = words.map((word) => this.#sides[i]!.word(word))
      const given = () => client.frames.filter((frame) => frame.event === 'message').map(({ message }) => message!.id)
      await until(() => wanted.every((id) => given().includes(id)), lateMsMax).catch(() => {})
      expect(
        given()
          .filter((id) => wanted.includes(id))
          .toSorted(),
      ).toEqual(wanted.toSorted())
    }
  }

  /** Waits until both were told that many deletions, and compares which. */
  async deletions(count: number): Promise<void> {
    // A cursor of the cluster may stand before what was told, and tell it again (SPEC, [M11]).
    const list = (client: Client) => [
      ...new Set(client.frames.filter((frame) => frame.event === 'deleted').map((frame) => frame.id!)),
    ]
    await until(() => this.clients.every((client) => list(client).length >= count), lateMsMax).catch(() => {})
    this.compare(this.clients.map((client) => list(client).sort((a, b) => Number(a) - Number(b))))
  }

  /** Waits for a frame of counts that says this of the message `word`. */
  async counted(word: string, likes: number): Promise<void> {
    const told = (i: 0 | 1) =>
      this.clients[i].frames.some((frame) => frame.counts?.[this.#sides[i].word(word)] === likes)
    await until(() => told(0) && told(1), lateMsMax, `${likes} likes of {${word}} at both`)
  }

  /** Both are closed with the same code and reason, after the same frames. */
  async closed(code: number): Promise<void> {
    await until(() => this.clients.every(({ closed }) => closed !== undefined), 20_000, `a close ${code}`)
    const [one, two] = this.clients
    expect(two.closed).toEqual(one.closed!)
    const kinds = ({ frames }: Client) => frames.map(({ event, ref }) => event ?? ref)
    expect(kinds(two)).toEqual(kinds(one))
    expect(one.closed!.code).toBe(code)
  }

  /** The servers that these connections are to. */
  get servers(): ServerProcess[] {
    return this.clients.map(({ socket }, i) => {
      const origin = new URL(socket.url).host
      return this.#sides[i]!.servers.find(({ address }) => address.endsWith(origin))!
    })
  }

  close(): void {
    for (const client of this.clients) client.close()
  }

  /** Both values are the same but for ids, cursors and times. */
  compare(values: readonly unknown[], what = 'frames'): void {
    const [one, two] = this.#sides.map((side, i) => side.seenJson(values[i]))
    expect(two!.view, what).toBe(one!.view)
    one!.keep()
    two!.keep()
  }

  #same(frames: readonly Got[], what: string, keep: Readonly<Record<string, string>>): Got {
    this.compare(frames, what)
    for (const [word, where] of Object.entries(keep)) {
      for (const [i, side] of this.#sides.entries()) {
        const found = where
          .split('.')
          .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], frames[i])
        side.words.set(word, String(found))
      }
    }
    return frames[0]!
  }
}
