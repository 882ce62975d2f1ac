import { expect, test } from 'bun:test'
import { Followees } from '../core/followees.ts'
import { Socket } from './socket.ts'
import { HotFollowers } from './socket-hot.ts'
import { Sockets } from './sockets.ts'

const [reader, author] = [1, 7]

test('an answer that comes late does not undo what a later one told', async () => {
  let follows = false
  /** Answers under way, each as of when it was asked for. */
  const answers: (() => void)[] = []
  const graph = {
    followees: () =>
      new Promise<Followees>((resolve) => {
        const followees = new Followees(follows ? Float64Array.of(author) : new Float64Array(0))
        answers.push(() => resolve(followees))
      }),
    followedSince: async () => new Map(),
  }
  const sockets = new Sockets()
  const hot = new HotFollowers(graph, sockets, { now: () => 0, sleep: async () => {} })
  await hot.learn(author)
  const socket = new Socket(undefined)
  sockets.open(socket)
  sockets.join(socket, reader)

  const before = hot.update(socket)
  follows = true
  const after = hot.update(socket)
  let known = 0
  void Promise.all([before, after]).then(() => known++)
  // The last one asked for is answered first.
  while (known === 0) {
    answers.pop()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect([...(await before), ...(await after)]).toEqual([author])
  expect(hot.has(author, socket)).toBe(true)
})
