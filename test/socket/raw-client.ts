import { connect, type Socket as TcpSocket } from 'node:net'
import { until } from '../until.ts'
import type { Got } from './harness.ts'

/** A WebSocket client on a bare TCP connection: it can stop reading, and send what no proper client would. */
export class RawClient {
  readonly tcp: TcpSocket
  readonly texts: string[] = []
  closeCode: number | undefined
  gone = false
  pings = 0
  bytes = 0
  answersPings = true
  /** The answer to the upgrade. */
  head = ''
  #rest: Buffer = Buffer.alloc(0)
  #upgraded = false

  private constructor(port: number) {
    this.tcp = connect(port, '127.0.0.1')
    this.tcp.on('data', (data) => this.#take(Buffer.from(data as Uint8Array)))
    this.tcp.on('close', () => {
      this.gone = true
    })
    this.tcp.on('error', () => {})
  }

  /** `headers`: further ones, each with its line end. */
  static async open(port: number, headers = ''): Promise<RawClient> {
    const client = new RawClient(port)
    client.tcp.write(
      'GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${headers}\r\n`,
    )
    await until(() => client.#upgraded)
    return client
  }

  /** Sends one masked frame. */
  frame(opcode: number, payload: Uint8Array | string): void {
    const data = typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload)
    const length =
      data.length < 126
        ? [0x80 | data.length]
        : data.length < 65_536
          ? [0xfe, data.length >> 8, data.length & 255]
          : undefined
    const head = length ?? [0xff, 0, 0, 0, 0, ...new Uint8Array(new Uint32Array([data.length]).buffer).reverse()]
    // A mask of zeros leaves the payload as it is.
    this.tcp.write(Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), data]))
  }

  send(frame: object): void {
    this.frame(1, JSON.stringify(frame))
  }

  get frames(): Got[] {
    return this.texts.map((text) => JSON.parse(text))
  }

  #take(data: Buffer): void {
    this.bytes += data.length
    let rest = Buffer.concat([this.#rest, data])
    if (!this.#upgraded) {
      const end = rest.indexOf('\r\n\r\n')
      if (end < 0) {
        this.#rest = rest
        return
      }
      this.#upgraded = true
      this.head = rest.toString('latin1', 0, end)
      rest = rest.subarray(end + 4)
    }
    for (;;) {
      if (rest.length < 2) break
      let length = rest[1]! & 127
      let at = 2
      if (length === 126) {
        if (rest.length < 4) break
        length = rest.readUInt16BE(2)
        at = 4
      } else if (length === 127) {
        if (rest.length < 10) break
        length = Number(rest.readBigUInt64BE(2))
        at = 10
      }
      if (rest.length < at + length) break
      const payload = rest.subarray(at, at + length)
      const opcode = rest[0]! & 15
      if (opcode === 1) this.texts.push(payload.toString())
      else if (opcode === 8) this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
      else if (opcode === 9) {
        this.pings++
        if (this.answersPings) this.frame(10, payload)
      }
      rest = rest.subarray(at + length)
    }
    this.#rest = Buffer.from(rest)
  }

  destroy(): void {
    this.tcp.destroy()
  }
}
