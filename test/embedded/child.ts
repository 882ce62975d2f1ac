/**
 * Writes to the data folder named on the command line until it is killed, or until the engine has failed: a bit of
 * everything, or, with a second argument, messages alone.
 */
import { writeSync } from 'node:fs'
import { openEmbedded } from '../../src/engines/embedded/index.ts'
import { memoryBytes, message } from './support.ts'

const inFlight = 64
const engine = await openEmbedded({ data: process.argv[2]!, memoryBytes })
engine.failed.catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})

let id = Math.max(engine.largestId, 1_000_000)
// Written before anything else happens in this process: what stands there was acknowledged.
const acknowledge = (line: string) => writeSync(1, `${line}\n`)

async function write(): Promise<void> {
  for (;;) {
    const user = ++id
    await engine.users.create({ id: user, handle: `u${user}`, name: '', bio: '', role: 'user' }, undefined)
    acknowledge(`user ${user}`)
    const text = message(++id, user)
    await engine.messages.store(text)
    acknowledge(`message ${text.id}`)
    await engine.likes.like(user, text.id)
    acknowledge(`like ${user} ${text.id}`)
    await engine.hotLog.append(text.id, user, false)
    acknowledge(`hot ${text.id}`)
    if (text.id % 5 === 0) {
      await engine.messages.delete(text.id, user, ++id)
      acknowledge(`deleted ${text.id}`)
    }
  }
}

async function writeMessages(_: unknown, author: number): Promise<void> {
  for (;;) {
    const text = message(++id, author + 1)
    await engine.messages.store(text)
    acknowledge(`message ${text.id}`)
  }
}

await Promise.allSettled(Array.from({ length: inFlight }, process.argv[3] ? writeMessages : write))
