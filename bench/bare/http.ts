/** Bare limit of `fetch`: Bun.serve sending prepared bodies from memory. Argument: a file of bodies, one a line. */
import { readFileSync } from 'node:fs'

const bodies = readFileSync(process.argv[2]!, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => Buffer.from(line))
const headers = { 'Content-Type': 'application/json' }
let next = 0
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch() {
    next = (next + 1) % bodies.length
    return new Response(bodies[next]!, { headers })
  },
})
console.log(`listening on http://127.0.0.1:${server.port}`)
