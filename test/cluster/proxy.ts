import type { Socket } from 'bun'

/** A TCP proxy on loopback before a real server: faults of the network, made on purpose. */
export interface TcpProxy {
  readonly port: number
  /** Holds back what the server answers until `release`. */
  hold(): void
  release(): void
  /** Cuts every connection, and each new one until `release`. */
  cut(): void
  /** Connections that were cut at once because they came after `cut`. */
  readonly turnedAway: number
  close(): void
}

interface Pair {
  client: Socket<Pair>
  server?: Socket<Pair>
  toServer: Uint8Array[]
  toClient: Uint8Array[]
}

export function createProxy(host: string, port: number): TcpProxy {
  const pairs = new Set<Pair>()
  let holding = false
  let cutting = false
  let turnedAway = 0

  const end = (pair: Pair) => {
    pairs.delete(pair)
    pair.client.terminate()
    pair.server?.terminate()
  }
  /** Sockets here take everything: tests send little. What a full one left over is kept for its next turn. */
  const send = (to: Socket<Pair> | undefined, waiting: Uint8Array[]) => {
    while (to !== undefined && waiting.length > 0) {
      const [next] = waiting as [Uint8Array]
      const written = to.write(next)
      if (written < next.length) {
        waiting[0] = next.subarray(Math.max(0, written))
        return
      }
      waiting.shift()
    }
  }
  const flush = (pair: Pair) => {
    send(pair.server, pair.toServer)
    if (!holding) send(pair.client, pair.toClient)
  }

  const listener = Bun.listen<Pair>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      async open(client) {
        if (cutting) {
          turnedAway++
          return client.terminate()
        }
        const pair: Pair = { client, toServer: [], toClient: [] }
        client.data = pair
        pairs.add(pair)
        try {
          pair.server = await Bun.connect<Pair>({
            hostname: host,
            port,
            data: pair,
            socket: {
              data: (_, data) => {
                pair.toClient.push(Uint8Array.from(data))
                flush(pair)
              },
              drain: () => flush(pair),
              close: () => end(pair),
              error: () => end(pair),
            },
          })
          flush(pair)
        } catch {
          end(pair)
        }
      },
      data({ data: pair }, data) {
        pair?.toServer.push(Uint8Array.from(data))
        if (pair) flush(pair)
      },
      drain: ({ data: pair }) => {
        if (pair) flush(pair)
      },
      close: ({ data: pair }) => {
        if (pair) end(pair)
      },
      error() {},
    },
  })

  return {
    port: listener.port,
    hold() {
      holding = true
    },
    release() {
      holding = false
      cutting = false
      for (const pair of pairs) flush(pair)
    },
    get turnedAway() {
      return turnedAway
    },
    cut() {
      cutting = true
      for (const pair of [...pairs]) end(pair)
    },
    close() {
      for (const pair of [...pairs]) end(pair)
      listener.stop(true)
    },
  }
}
