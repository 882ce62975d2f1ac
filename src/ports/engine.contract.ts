import { describe, expect, test } from 'bun:test'
import { idAt, nodesMax } from '../core/ids.ts'
import type { Engine } from './engine.ts'
import { makeUser, newMessage, type Open, takeId } from './support.contract.ts'

export function engineContract(name: string, open: Open<keyof Engine>): void {
  describe(`${name}: Engine`, () => {
    test('a new installation has a key, a node number, and ids from now on', async () => {
      const { engine, now, close } = await open()
      for (const part of [engine.cursorKey.installation, engine.cursorKey.secret]) {
        expect(Number.isInteger(part)).toBe(true)
        expect(part).toBeGreaterThanOrEqual(0)
        expect(part).toBeLessThan(2 ** 32)
      }
      expect(engine.node).toBeGreaterThanOrEqual(0)
      expect(engine.node).toBeLessThan(nodesMax)
      // Where ids are leased they begin above the moment of the lease.
      expect(engine.largestId).toBeLessThanOrEqual(idAt(now()))
      await close()
    })

    test('the cursor key stays the installation’s, and differs from another one’s', async () => {
      const [first, other] = [await open(), await open()]
      const { cursorKey } = first.engine
      const again = await first.reopen()
      expect(again.engine.cursorKey).toEqual(cursorKey)
      expect(other.engine.cursorKey).not.toEqual(cursorKey)
      await again.close()
      await other.close()
    })

    test('largestId is not below any id stored before, of messages, users, deletions and the hot log', async () => {
      let opened = await open()
      const author = await makeUser(opened.engine.users)
      const message = newMessage(author)
      await opened.engine.messages.store(message)
      opened = await opened.reopen()
      expect(opened.engine.largestId).toBeGreaterThanOrEqual(message.id)

      const stamp = takeId()
      await opened.engine.messages.delete(message.id, author, stamp)
      opened = await opened.reopen()
      expect(opened.engine.largestId).toBeGreaterThanOrEqual(stamp)

      const user = await makeUser(opened.engine.users)
      opened = await opened.reopen()
      expect(opened.engine.largestId).toBeGreaterThanOrEqual(user)

      const hot = takeId()
      await opened.engine.hotLog.append(hot, author, false)
      opened = await opened.reopen()
      expect(opened.engine.largestId).toBeGreaterThanOrEqual(hot)
      await opened.close()
    })

    test('a healthy engine has not failed', async () => {
      const { engine, close } = await open()
      const pending = Promise.resolve('still running')
      expect(await Promise.race([engine.failed, pending])).toBe('still running')
      await close()
    })

    test('close finishes what is under way', async () => {
      const opened = await open()
      const author = await makeUser(opened.engine.users)
      const messages = Array.from({ length: 20 }, () => newMessage(author))
      const stored = Promise.all(messages.map((message) => opened.engine.messages.store(message)))
      const [again] = await Promise.all([opened.reopen(), stored])
      const found = await again.engine.messages.many(messages.map((message) => message.id))
      expect(found.filter((message) => message === undefined)).toEqual([])
      await again.close()
    })
  })
}
