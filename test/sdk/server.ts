import type { Event } from '../../src/sdk/events.ts'
import { Rookery, type RookeryOptions } from '../../src/sdk/index.ts'
import { rookery, ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'

export interface Real {
  readonly server: ServerProcess
  readonly data: string
  /** Runs `./rookery` on its folder, while it serves. */
  shell(...words: string[]): Promise<void>
  /** A client of a new account of that handle. */
  person(handle: string, options?: Partial<RookeryOptions>): Promise<Person>
  close(): Promise<void>
}

export interface Person {
  readonly id: string
  readonly handle: string
  readonly client: Rookery
}

/** A server in a process of its own, on a folder that is removed at the end. */
export async function realServer(args: string[] = []): Promise<Real> {
  const data = temporaryFolder()
  const server = new ServerProcess(data.path, args)
  await server.start()
  return {
    server,
    data: data.path,
    async shell(...words) {
      const child = rookery([...words, '--data', data.path])
      if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr as ReadableStream).text())
    },
    async person(handle, options = {}) {
      const client = new Rookery({ url: server.address, ...options })
      const { user } = await client.signUp({ handle, password: `password of ${handle}` })
      return { id: user.id, handle, client }
    },
    async close() {
      await server.end('SIGTERM')
      data.remove()
    },
  }
}

/** An application that takes what a stream hands over. */
export class Reader {
  readonly events: Event[] = []
  failure: unknown
  readonly #stop = new AbortController()
  readonly #running: Promise<void>

  constructor(client: Rookery, options: { live?: boolean } = {}) {
    this.#running = this.#read(client, options).catch((error) => {
      this.failure = error
    })
  }

  async #read(client: Rookery, options: { live?: boolean }): Promise<void> {
    for await (const event of client.stream({ signal: this.#stop.signal, ...options })) this.events.push(event)
  }

  of<T extends Event['type']>(type: T): Extract<Event, { type: T }>[] {
    return this.events.filter((event): event is Extract<Event, { type: T }> => event.type === type)
  }

  get texts(): string[] {
    return this.of('message').map(({ message }) => message.text)
  }

  async first<T extends Event['type']>(type: T, ms?: number): Promise<Extract<Event, { type: T }>> {
    await until(() => this.of(type).length > 0 || this.failure !== undefined, ms, `an event ${type}`)
    if (this.failure !== undefined) throw this.failure
    return this.of(type)[0]!
  }

  /** Resolves once the stream has ended. */
  async end(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  ended(): Promise<void> {
    return this.#running
  }
}
