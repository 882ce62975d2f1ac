import { connect, createServer, type Server, type Socket } from 'node:net'

/** A wire between client and server that can be cut: plain TCP, so that it knows nothing of what goes through. */
export class TcpProxy {
  readonly #server: Server
  readonly #pairs = new Set<[Socket, Socket]>()
  #mode: 'open' | 'down' | 'deaf' | 'frozen' = 'open'
  #heard: (() => void) | undefined
  /** Connections that were let through. */
  connections = 0
  /** Pieces that clients have sent. */
  sent = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async to(address: string): Promise<TcpProxy> {
    const target = new URL(address)
    const server = createServer()
    const proxy = new TcpProxy(server)
    server.on('connection', (client) => proxy.#connect(client, Number(target.port)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  /** Every connection breaks; new ones are let through. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
    this.#pairs.clear()
  }

  /** Every connection breaks, and new ones do at once, until `up`. */
  down(): void {
    this.#mode = 'down'
    this.cut()
  }

  up(): void {
    this.#mode = 'open'
  }

  /** Nothing comes through any more, and nobody is told: as for a phone that has lost its network. Ends with `up`. */
  freeze(): void {
    this.#mode = 'frozen'
  }

  /** Requests go through; the first answer is lost and its connection with it. Resolves then; all is open again. */
  loseAnswer(): Promise<void> {
    this.#mode = 'deaf'
    return new Promise((resolve) => (this.#heard = resolve))
  }

  async close(): Promise<void> {
    this.down()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #connect(client: Socket, port: number): void {
    client.on('error', () => {})
    if (this.#mode === 'down') return void client.destroy()
    this.connections++
    const upstream = connect(port, '127.0.0.1')
    upstream.on('error', () => {})
    const pair: [Socket, Socket] = [client, upstream]
    this.#pairs.add(pair)
    const end = () => {
      this.#pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    client.on('data', (bytes) => {
      this.sent++
      if (this.#mode !== 'frozen') upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (this.#mode === 'frozen') return
      if (this.#mode === 'open') return void client.write(bytes)
      this.#mode = 'open'
      end()
      this.#heard?.()
    })
    client.on('close', end)
    upstream.on('close', end)
  }
}
