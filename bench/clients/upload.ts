/**
 * Uploads one picture so many times at once, again and again until it is ended; each at some 100 Mbit/s, as ten of them would
 * fill a line of a gigabit, and not at the speed of this machine's memory. It gives way to the server and to whoever measures,
 * for uploads come from other machines. Arguments: port, token, picture, how many at once.
 */
import { readdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'

const pieceBytes = 64 * 1024
const pieceMs = 5

const [port, token, path, atOnce] = process.argv.slice(2)
if (process.platform === 'linux') {
  for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), constants.priority.PRIORITY_LOW)
}

const body = Buffer.concat([
  Buffer.from('--end\r\nContent-Disposition: form-data; name="file"; filename="photograph.jpg"\r\n\r\n'),
  await Bun.file(path!).bytes(),
  Buffer.from('\r\n--end--\r\n'),
])
const head = [
  'POST /media HTTP/1.1',
  `Host: 127.0.0.1:${port}`,
  `Authorization: Bearer ${token}`,
  'Content-Type: multipart/form-data; boundary=end',
  `Content-Length: ${body.length}`,
  '\r\n',
].join('\r\n')

interface Uploader {
  /** Resolves once the picture is ready. */
  upload(): Promise<void>
}

async function connect(): Promise<Uploader> {
  let answered = Promise.withResolvers<void>()
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: Number(port),
    socket: {
      data(_, answer) {
        if (answer.toString('latin1', 9, 12) === '201') answered.resolve()
        else answered.reject(new Error(`an upload was answered with ${answer.toString()}`))
      },
      close: () => answered.reject(new Error('the connection of an upload was closed')),
    },
  })
  return {
    async upload() {
      answered = Promise.withResolvers()
      socket.write(head)
      const began = performance.now()
      for (let sent = 0; sent < body.length; ) {
        sent += socket.write(body.subarray(sent, sent + pieceBytes))
        const due = began + (sent / pieceBytes) * pieceMs
        await Bun.sleep(Math.max(1, due - performance.now()))
      }
      await answered.promise
    },
  }
}

const uploaders = await Promise.all(Array.from({ length: Number(atOnce) }, connect))
console.log(`listening on http://127.0.0.1:${port}`)
await Promise.all(
  uploaders.map(async (one) => {
    for (;;) await one.upload()
  }),
)
