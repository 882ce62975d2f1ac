/**
 * A WebSocket client on plain TCP: less work a frame than a full one, so that more of the machine is left to the server.
 * Frames go out with a mask of zeros (RFC 6455 wants a mask; nothing else looks at it) and come in whole as text.
 */
export interface RawSocket {
  send(text: string): void
  /** Frames made by `frameOf`, sent as they are. */
  sendFrames(frames: Uint8Array): void
  close(): void
  /** The first text frame that came. */
  readonly first: Promise<string>
  /** Resolves with the close code (1006 without one). */
  readonly closed: Promise<number>
}

/** One masked text frame. */
export function frameOf(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text)
  const extended = payload.length < 126 ? 0 : 2
  if (payload.length > 65_535) throw new Error('a frame of the benchmarks has at most 65,535 bytes')
  const frame = Buffer.alloc(6 + extended + payload.length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | (extended ? 126 : payload.length)
  if (extended) frame.writeUInt16BE(payload.length, 2)
  payload.copy(frame, 6 + extended)
  return frame
}

/**
 * Opens a socket to `/socket`. `onFrame` gets each text frame; with `onCount` instead only their number is given, a chunk
 * of the stream at a time, and nothing is decoded.
 */
export async function openSocket(
  port: number,
  onFrame: (text: string) => void,
  onCount?: (frames: number) => void,
): Promise<RawSocket> {
  const first = Promise.withResolvers<string>()
  const closed = Promise.withResolvers<number>()
  const upgraded = Promise.withResolvers<void>()
  let pending: Buffer | undefined
  let unsent: Uint8Array[] = []
  let isUpgraded = false
  let hadFirst = false
  let code = 1006

  const write = (bytes: Uint8Array) => {
    if (unsent.length > 0) {
      unsent.push(bytes)
      return
    }
    const written = socket.write(bytes)
    if (written < bytes.length) unsent.push(bytes.subarray(Math.max(0, written)))
  }
  const drain = () => {
    const waiting = unsent
    unsent = []
    for (const bytes of waiting) write(bytes)
  }

  /** Takes whole frames out of `data`; returns where the first unfinished one begins. */
  function take(data: Buffer): number {
    let at = 0
    let texts = 0
    while (data.length - at >= 2) {
      const opcode = data[at]! & 15
      let length = data[at + 1]! & 127
      let head = 2
      if (length === 126) {
        if (data.length - at < 4) break
        length = data.readUInt16BE(at + 2)
        head = 4
      } else if (length === 127) {
        if (data.length - at < 10) break
        length = Number(data.readBigUInt64BE(at + 2))
        head = 10
      }
      if (data.length - at < head + length) break
      if (opcode === 1) {
        texts += 1
        if (!hadFirst) {
          hadFirst = true
          first.resolve(data.toString('utf8', at + head, at + head + length))
        }
        if (!onCount) onFrame(data.toString('utf8', at + head, at + head + length))
      } else if (opcode === 9) write(frameOf(data.toString('utf8', at + head, at + head + length), 10))
      else if (opcode === 8 && length >= 2) code = data.readUInt16BE(at + head)
      at += head + length
    }
    if (onCount && texts > 0) onCount(texts)
    return at
  }

  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port,
    socket: {
      drain,
      data(_, chunk) {
        let data = pending ? Buffer.concat([pending, chunk]) : chunk
        pending = undefined
        if (!isUpgraded) {
          const end = data.indexOf('\r\n\r\n')
          if (end < 0) {
            pending = Buffer.from(data)
            return
          }
          isUpgraded = true
          if (data.toString('latin1', 0, 12) === 'HTTP/1.1 101') upgraded.resolve()
          else upgraded.reject(new Error(`no upgrade: ${data.toString('utf8', 0, 300)}`))
          data = data.subarray(end + 4)
        }
        const rest = data.subarray(take(data))
        if (rest.length > 0) pending = Buffer.from(rest)
      },
      close() {
        upgraded.reject(new Error('closed before the upgrade'))
        first.reject(new Error(`closed with ${code} before the first frame`))
        closed.resolve(code)
      },
    },
  })
  first.promise.catch(() => {})
  socket.write(
    `GET /socket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  )
  await upgraded.promise
  return {
    send: (text) => write(frameOf(text)),
    sendFrames: write,
    close: () => socket.end(),
    first: first.promise,
    closed: closed.promise,
  }
}
