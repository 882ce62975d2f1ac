/**
 * Prints what arrives in a user's timeline, live, and goes on where it stood after any interruption.
 *
 *   sh scripts/run.sh examples/listen.ts URL TOKEN
 */
interface Frame {
  event?: string
  cursor?: string
  message?: { id: string; text: string; author: { handle: string } }
}

const [url, token] = process.argv.slice(2)
if (!url || !token) {
  console.error('usage: listen.ts URL TOKEN')
  process.exit(2)
}
const address = `${url.replace(/^http/, 'ws').replace(/\/$/, '')}/socket`
// A real client stores both: the cursor says where it stands, the ids which messages it already holds.
let cursor: string | undefined
const held = new Set<string>()

function listen(tries: number): void {
  const socket = new WebSocket(address, 'rookery.v1')
  let wait = Math.min(10_000, 200 * 2 ** tries)
  socket.onopen = () => socket.send(JSON.stringify({ op: 'hello', token, ...(cursor ? { since: cursor } : {}) }))
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame
    if (frame.cursor) cursor = frame.cursor
    if (frame.event === 'ready') {
      wait = 200
      console.error('listening; end with Ctrl-C')
    }
    if (frame.event === 'message' && frame.message && !held.has(frame.message.id)) {
      held.add(frame.message.id)
      console.log(`@${frame.message.author.handle}: ${frame.message.text}`)
    }
  }
  socket.onclose = ({ code }) => {
    // 4000 to 4499 mean: do not come back as you are (API: close codes).
    if (code >= 4000 && code < 4500) {
      console.error(`refused with ${code}`)
      process.exit(1)
    }
    setTimeout(listen, wait * (0.5 + Math.random()), wait === 200 ? 0 : tries + 1)
  }
}

listen(0)
