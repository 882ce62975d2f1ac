/**
 * Prints what arrives in a user's timeline, live, and goes on where it stood after any interruption.
 *
 *   sh scripts/run.sh examples/listen.ts URL TOKEN
 */
import { Rookery } from '../src/sdk/index.ts'

const [url, token] = process.argv.slice(2)
if (!url || !token) {
  console.error('usage: listen.ts URL TOKEN')
  process.exit(2)
}
// With `store: fileStore(PATH)` it would go on where it stood after a restart of its own, too.
for await (const event of new Rookery({ url, token }).stream()) {
  if (event.type === 'online') console.error('listening; end with Ctrl-C')
  if (event.type === 'message') console.log(`@${event.message.author.handle}: ${event.message.text}`)
}
