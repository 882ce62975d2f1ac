import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { call, signUp, type WireMessage, wholeTimeline } from '../system/client.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { FrameSocket } from './frames.ts'

interface Page {
  readonly messages: (WireMessage & { likes: number; author: { name: string } })[]
  readonly cursor: string
  readonly more: boolean
  readonly deleted?: string[]
}

export interface TwoGateways {
  readonly one: ServerProcess
  readonly two: ServerProcess
  /** Ends all that was started. */
  end(): Promise<void>
}

/** The tests of a whole journey across two gateways: what one is told is true at the other. */
export function journey(name: string, open: () => Promise<TwoGateways>): void {
  describe(name, () => {
    let one: ServerProcess
    let two: ServerProcess
    let end: (() => Promise<void>) | undefined
    let people = 0

    beforeAll(async () => {
      ;({ one, two, end } = await open())
    }, 400_000)
    afterAll(() => end?.(), 60_000)

    const person = () => signUp(one.address, `person${++people}`)
    const get = async <T>(server: ServerProcess, path: string, token: string) =>
      (await call<T>(server.address, 'GET', path, { token })).body

    async function send(server: ServerProcess, token: string, text: string, key?: string): Promise<string> {
      const { status, body } = await call<WireMessage>(server.address, 'POST', '/send', {
        token,
        body: { text },
        ...(key !== undefined && { key }),
      })
      expect(status).toBe(201)
      return body.id
    }

    /** Somebody and a follower of theirs. */
    async function pair() {
      const [author, reader] = [await person(), await person()]
      const { body } = await call(two.address, 'PUT', `/users/${author.id}/follow`, { token: reader.token })
      expect(body).toMatchObject({ following: true })
      return { author, reader }
    }

    test('an account made at one follows, sends and reads at the other', async () => {
      const { author, reader } = await pair()
      const id = await send(one, author.token, 'from one to two')
      await until(async () => (await wholeTimeline(two.address, reader)).some((message) => message.id === id), 10_000)
      expect((await wholeTimeline(two.address, author)).map((message) => message.id)).toEqual([id])
      expect(await get(two, '/users/me', author.token)).toMatchObject({
        handle: author.handle,
        followers: 1,
        messages: 1,
      })
    })

    test('after a 201 at one, one’s own message is in the next page of the other', async () => {
      const { author } = await pair()
      for (let i = 0; i < 5; i++) {
        const id = await send(i % 2 === 0 ? one : two, author.token, `mine ${i}`)
        const page = await get<Page>(i % 2 === 0 ? two : one, '/fetch', author.token)
        expect(page.messages[0]?.id).toBe(id)
      }
    })

    test('live: a message sent at one comes to a socket at the other, once and in order', async () => {
      const { author, reader } = await pair()
      const socket = await FrameSocket.open(two.address, reader.token)
      const ids: string[] = []
      for (let i = 0; i < 10; i++) ids.push(await send(i % 2 === 0 ? one : two, author.token, `live ${i}`))
      const got = () =>
        socket.frames.filter(({ event }) => event === 'message').map(({ message }) => (message as WireMessage).id)
      await until(() => got().length >= ids.length, 15_000)
      expect(got()).toEqual(ids)
      socket.close()
    })

    test('a cursor of one is honoured by the other', async () => {
      const { author, reader } = await pair()
      let { cursor } = await get<Page>(one, '/fetch', reader.token)
      const ids: string[] = []
      const seen: string[] = []
      for (let i = 0; i < 6; i++) {
        ids.push(await send(one, author.token, `since ${i}`))
        const page = await get<Page>(i % 2 === 0 ? two : one, `/fetch?since=${cursor}`, reader.token)
        seen.push(...page.messages.toReversed().map((message) => message.id))
        cursor = page.cursor
      }
      await until(async () => {
        const page = await get<Page>(two, `/fetch?since=${cursor}`, reader.token)
        seen.push(...page.messages.toReversed().map((message) => message.id))
        cursor = page.cursor
        return seen.length >= ids.length
      }, 10_000)
      expect(seen).toEqual(ids)
    })

    test('the same Idempotency-Key at both makes one message', async () => {
      const { author } = await pair()
      const both = await Promise.all([
        send(one, author.token, 'once', 'the key'),
        send(two, author.token, 'once', 'the key'),
      ])
      expect(new Set(both).size).toBe(1)
      expect(await send(two, author.token, 'once', 'the key')).toBe(both[0]!)
      expect(await get(one, '/users/me', author.token)).toMatchObject({ messages: 1 })
    })

    test('likes: counted once whatever the gateway, shown at the other within 2 s, told to who watches', async () => {
      const { author, reader } = await pair()
      const id = await send(one, author.token, 'like me')
      await until(async () => (await get<Page>(two, '/fetch', reader.token)).messages.length === 1, 10_000)
      const socket = await FrameSocket.open(two.address, reader.token)
      socket.send({ op: 'watch', ids: [id] })
      await socket.heard((frame) => frame.event === 'likes')
      for (const server of [one, two, one]) {
        await call(server.address, 'PUT', `/messages/${id}/like`, { token: author.token })
      }
      const likedAt = performance.now()
      const { body } = await call(one.address, 'PUT', `/messages/${id}/like`, { token: reader.token })
      expect(body).toEqual({ liked: true, likes: 2 })
      await until(async () => (await get<Page>(two, '/fetch', reader.token)).messages[0]?.likes === 2, 5_000)
      expect(performance.now() - likedAt).toBeLessThan(2_500)
      await socket.heard((frame) => (frame.counts as Record<string, number> | undefined)?.[id] === 2)
      socket.close()
    })

    test('likes of both gateways at once end in the exact count at both', async () => {
      const { author, reader } = await pair()
      const id = await send(one, author.token, 'like me at once')
      const all = await Promise.all(Array.from({ length: 6 }, person))
      for (const server of [one, two]) await get(server, `/messages/${id}`, reader.token)
      await Promise.all(
        all.map(({ token }, i) => call((i % 2 ? one : two).address, 'PUT', `/messages/${id}/like`, { token })),
      )
      for (const server of [one, two]) {
        await until(
          async () => (await get<{ likes: number }>(server, `/messages/${id}`, reader.token)).likes === 6,
          10_000,
        )
      }
    })

    test('deleted at one: gone from the other’s pages, told to its sockets and to cursors', async () => {
      const { author, reader } = await pair()
      const id = await send(one, author.token, 'gone soon')
      await until(async () => (await get<Page>(two, '/fetch', reader.token)).messages.length === 1, 10_000)
      const { cursor } = await get<Page>(two, '/fetch', reader.token)
      const socket = await FrameSocket.open(two.address, reader.token)
      await call(one.address, 'DELETE', `/messages/${id}`, { token: author.token })
      await socket.heard((frame) => frame.event === 'deleted' && frame.id === id)
      await until(async () => (await get<Page>(two, '/fetch', reader.token)).messages.length === 0)
      expect((await call(two.address, 'GET', `/messages/${id}`, { token: reader.token })).status).toBe(404)
      await until(
        async () => (await get<Page>(one, `/fetch?since=${cursor}`, reader.token)).deleted?.includes(id) ?? false,
        40_000,
      )
      socket.close()
    })

    test('notifications are live at both gateways, listed and read at either', async () => {
      const { author, reader } = await pair()
      const sockets = [
        await FrameSocket.open(one.address, author.token),
        await FrameSocket.open(two.address, author.token),
      ]
      const told = (type: string) =>
        Promise.all(
          sockets.map((socket) =>
            socket.heard(({ notification }) => (notification as { type?: string } | undefined)?.type === type, 20_000),
          ),
        )
      const id = await send(one, author.token, 'for notifications')
      await send(two, reader.token, `hello @${author.handle}`)
      const [first, second] = await told('mention')
      expect(first).toEqual(second!)
      await call(two.address, 'PUT', `/messages/${id}/like`, { token: reader.token })
      const liked = (await told('like'))[0]!.notification as { id: string; message: { id: string } }
      expect(liked.message.id).toBe(id)
      const list = (server: ServerProcess) =>
        get<{ notifications: { id: string; type: string; read: boolean }[] }>(server, '/notifications', author.token)
      const { notifications } = await list(two)
      // The pair’s own follow is told meanwhile.
      expect(notifications.map(({ type }) => type).filter((type) => type !== 'follow')).toEqual(['like', 'mention'])
      const body = { upTo: liked.id }
      expect((await call(one.address, 'PUT', '/notifications/read', { token: author.token, body })).body).toEqual({
        unread: 0,
      })
      expect((await list(two)).notifications.every(({ read }) => read)).toBe(true)
      for (const socket of sockets) socket.close()
    })

    test('a token revoked at one is dead at the other within 5 s, its sockets closed 4401', async () => {
      const { author } = await pair()
      const socket = await FrameSocket.open(two.address, author.token)
      expect((await call(two.address, 'GET', '/users/me', { token: author.token })).status).toBe(200)
      await call(one.address, 'DELETE', '/sessions', { token: author.token })
      const deadAt = performance.now()
      expect((await call(one.address, 'GET', '/users/me', { token: author.token })).status).toBe(401)
      await until(async () => (await call(two.address, 'GET', '/users/me', { token: author.token })).status === 401)
      await until(() => socket.closedWith !== 0)
      expect(performance.now() - deadAt).toBeLessThan(5_000)
      expect(socket.closedWith).toBe(4401)
    })

    test('a new name at one is the author’s name at the other', async () => {
      const { author, reader } = await pair()
      await send(one, author.token, 'who am I')
      await until(async () => (await get<Page>(two, '/fetch', reader.token)).messages.length === 1, 10_000)
      await call(one.address, 'PATCH', '/users/me', { token: author.token, body: { name: 'Somebody else' } })
      await until(
        async () => (await get<Page>(two, '/fetch', reader.token)).messages[0]?.author.name === 'Somebody else',
      )
    })

    test('one goes: its sockets are told to move, it ends with 0, and the other serves them from their cursors', async () => {
      const { author, reader } = await pair()
      const socket = await FrameSocket.open(one.address, reader.token)
      const first = await send(one, author.token, 'before')
      const { cursor } = await socket.heard((frame) => (frame.message as WireMessage | undefined)?.id === first)
      const began = performance.now()
      const ended = one.end('SIGTERM')
      await socket.heard((frame) => frame.event === 'moving')
      const second = await send(two, author.token, 'meanwhile')
      expect(await ended).toBe(0)
      expect(performance.now() - began).toBeLessThan(10_000)
      await until(() => socket.closedWith !== 0)
      expect(socket.closedWith).toBe(4503)
      const moved = new FrameSocket(two.address, { token: reader.token, since: cursor as string })
      await moved.heard((frame) => (frame.message as WireMessage | undefined)?.id === second, 20_000)
      moved.close()
      await one.start()
      expect((await fetch(`${one.address}/readyz`)).status).toBe(200)
    })

    test('nothing was logged as a mistake of ours', () => {
      for (const { errors } of [one, two]) {
        const serious = errors.split('\n').filter((line) => line.includes('"level":50') || line.includes('"level":60'))
        expect(serious).toEqual([])
      }
    })
  })
}
