import { describe, expect, test } from 'bun:test'
import { idAt, nodesMax } from '../core/ids.ts'
import { eventually, type Open, opening, takeId } from './support.contract.ts'

export function membersContract(name: string, open: Open<'members'>): void {
  describe(`${name}: Members`, () => {
    const opened = opening(open)
    const members = () => opened.engine.members

    test('[MP1] a node number, leased for some seconds at least, and longer as time goes on', async () => {
      expect(Number.isInteger(members().node)).toBe(true)
      expect(members().node).toBeGreaterThanOrEqual(0)
      expect(members().node).toBeLessThan(nodesMax)
      const first = members().leaseEnd()
      expect(first).toBeGreaterThan(opened.now() + 5_000)
      if (first !== Number.POSITIVE_INFINITY) await eventually(opened, () => members().leaseEnd() > first)
    })

    test('[MP2] nothing is above an id in flight here; once it has left, the bound rises', async () => {
      const id = takeId()
      let lowest = id
      members().announce(() => lowest)
      expect(members().lowestInFlight()).toBeLessThanOrEqual(id)
      await opened.pass(1_500)
      expect(members().lowestInFlight()).toBeLessThanOrEqual(id)
      const left = opened.now()
      lowest = Number.POSITIVE_INFINITY
      await eventually(opened, () => members().lowestInFlight() >= idAt(left))
    })

    test('[MP3] the only process leads every task, however often it asks', async () => {
      expect(await members().leads('one')).toBe(true)
      expect(await members().leads('two')).toBe(true)
      expect(await members().leads('one')).toBe(true)
      await opened.pass(60_000)
      expect(await members().leads('one')).toBe(true)
    })

    test('the list has this process, once', async () => {
      const nodes = (await members().list()).map((member) => member.node)
      expect(nodes).toEqual([members().node])
    })

    test('[MP1] a process that ended and comes back has a number and leads again', async () => {
      await members().leads('one')
      await opened.reopen()
      expect(members().leaseEnd()).toBeGreaterThan(opened.now() + 5_000)
      expect((await members().list()).map((member) => member.node)).toEqual([members().node])
      await eventually(opened, () => members().leads('one'))
    })
  })
}
