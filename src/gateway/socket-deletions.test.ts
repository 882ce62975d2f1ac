import { expect, test } from 'bun:test'
import type { Deletion } from '../ports/messages.ts'
import { Socket, type Wire } from './socket.ts'
import { createDeletions } from './socket-deletions.ts'
import { HotFollowers } from './socket-hot.ts'
import { Sockets } from './sockets.ts'

/** Deletions of author 1, and this author's socket, which stands at deletion 10. `listing` runs when followers are listed. */
function gateway(listing: () => void = () => {}) {
  const log: Deletion[] = []
  const sockets = new Sockets()
  const refilled: Socket[] = []
  const frames: string[] = []
  const messages = {
    deletions: async (above: number) => log.filter(({ stamp }) => stamp > above),
    deletionsHead: async () => log.at(-1)?.stamp ?? 10,
  }
  const graph = {
    followees: () => Promise.reject(new Error('nobody is hot')),
    followedSince: async () => new Map(),
    async listFollowers() {
      listing()
      return { users: [] }
    },
  }
  const deletions = createDeletions({
    sockets,
    hotFollowers: new HotFollowers(graph, sockets, { now: () => 0, sleep: async () => {} }),
    watchers: () => [],
    refilling: () => [],
    refill: (socket) => refilled.push(socket),
    graph,
    messages,
  })
  const socket = new Socket(undefined)
  socket.wire = { sendText: (frame: string) => frames.push(frame) } as Partial<Wire> as Wire
  sockets.open(socket)
  sockets.join(socket, 1)
  socket.deletions = 10
  return { deletions, sockets, socket, log, refilled, frames }
}

test('a live socket is told what the Bus did not tell', async () => {
  const { deletions, sockets, socket, log, refilled, frames } = gateway()
  sockets.goLive(socket)
  await deletions.compare()
  log.push({ stamp: 11, id: 5, author: 1 })
  await deletions.compare()
  expect([frames, socket.deletions, refilled]).toEqual([['{"event":"deleted","id":"5"}'], 11, []])
})

test('a socket that was live before the first comparison reads what it may have missed', async () => {
  const { deletions, sockets, socket, log, refilled, frames } = gateway()
  sockets.goLive(socket)
  log.push({ stamp: 11, id: 5, author: 1 })
  await deletions.compare()
  expect([frames, socket.deletions, refilled]).toEqual([[], 10, [socket]])
})

test('a socket that goes live while a deletion is being told does not pass it', async () => {
  // Its refill has read the log before the deletion; when followers are listed, its reader's turn is over.
  const { deletions, sockets, socket, log, refilled, frames } = gateway(() => sockets.goLive(socket))
  socket.state = 'refilling'
  await deletions.compare()
  log.push({ stamp: 11, id: 5, author: 1 })
  await deletions.compare()
  expect([frames, socket.deletions, refilled]).toEqual([[], 10, [socket]])
})
