/**
 * Opens authenticated sockets and keeps them open and quiet until it is killed. Arguments: port, a file from
 * `rookery load --tokens`, from which to which of its users. Prints `listening on …` once all are ready: the form that the
 * harness waits for.
 */
import { readTokens } from '../processes.ts'
import { openSocket } from './socket-client.ts'

const [port, file, first, last] = process.argv.slice(2)
const tokens = readTokens(file!).slice(Number(first), Number(last))
const together = 64
for (let from = 0; from < tokens.length; from += together) {
  await Promise.all(
    tokens.slice(from, from + together).map(async ({ token }) => {
      const socket = await openSocket(Number(port), () => {})
      socket.send(JSON.stringify({ op: 'hello', token }))
      await socket.first
      void socket.closed.then((code) => {
        console.error(`a quiet socket was closed with ${code}`)
        process.exit(1)
      })
    }),
  )
}
console.log(`listening on http://127.0.0.1:${port}`)
setInterval(() => {}, 60_000)
