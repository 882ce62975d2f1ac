import { until } from '../until.ts'

export interface Frame {
  readonly event?: string
  readonly ref?: string
  readonly ok?: Record<string, unknown>
  readonly error?: { readonly code: string }
  readonly [more: string]: unknown
}

/** A socket that keeps every frame and the code it was closed with. */
export class FrameSocket {
  readonly frames: Frame[] = []
  closedWith = 0
  readonly #socket: WebSocket

  constructor(address: string, hello: { token: string; since?: string }) {
    this.#socket = new WebSocket(`${address.replace('http', 'ws')}/socket`)
    this.#socket.onopen = () => this.send({ op: 'hello', ...hello })
    this.#socket.onmessage = ({ data }) => this.frames.push(JSON.parse(String(data)))
    this.#socket.onclose = ({ code }) => {
      this.closedWith = code
    }
  }

  /** One that is ready. */
  static async open(address: string, token: string): Promise<FrameSocket> {
    const socket = new FrameSocket(address, { token })
    await socket.heard((frame) => frame.event === 'ready')
    return socket
  }

  send(frame: object): void {
    this.#socket.send(JSON.stringify(frame))
  }

  /** Resolves once such a frame has come. */
  async heard(is: (frame: Frame) => boolean, ms = 10_000): Promise<Frame> {
    await until(() => this.frames.some(is), ms, `a frame ${is}`)
    return this.frames.find(is)!
  }

  close(): void {
    this.#socket.close()
  }
}
