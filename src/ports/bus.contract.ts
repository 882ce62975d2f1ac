import { describe, expect, test } from 'bun:test'
import type { BusEvent } from './bus.ts'
import { eventually, type Open, opening } from './support.contract.ts'

export function busContract(name: string, open: Open<'bus'>): void {
  describe(`${name}: Bus`, () => {
    const opened = opening(open)
    const bus = () => opened.engine.bus
    const hot = (position: number): BusEvent => ({ kind: 'hot', position })

    /** What one gateway hears. */
    function listen(gateway: string) {
      const heard: BusEvent[] = []
      const leave = bus().subscribe(gateway, (event) => void heard.push(event))
      return { heard, leave, hears: (count: number) => eventually(opened, () => heard.length >= count) }
    }

    test('[B1] an event reaches the gateway it is for, whole and once', async () => {
      const [one, two] = [listen('one'), listen('two')]
      const event: BusEvent = { kind: 'delivered', id: 5, author: 6, crossed: true, to: [7, 8, 9] }
      bus().publish('one', event)
      bus().publish('two', hot(1))
      await one.hears(1)
      await two.hears(1)
      expect(one.heard).toEqual([event])
      expect(two.heard).toEqual([hot(1)])
      one.leave()
      two.leave()
    })

    test('[B1] an event for all reaches every gateway', async () => {
      const gateways = [listen('one'), listen('two'), listen('three')]
      bus().publish('all', hot(2))
      for (const gateway of gateways) {
        await gateway.hears(1)
        expect(gateway.heard).toEqual([hot(2)])
        gateway.leave()
      }
    })

    test('events of one process come in the order they were published, whoever they are for', async () => {
      const one = listen('one')
      for (let i = 0; i < 100; i++) bus().publish(i % 2 ? 'one' : 'all', hot(i))
      await one.hears(100)
      expect(one.heard).toEqual(Array.from({ length: 100 }, (_, i) => hot(i)))
      one.leave()
    })

    test('[B2] publishing does not run the subscriber’s code, and needs no subscriber', async () => {
      bus().publish('nobody', hot(1))
      const one = listen('one')
      bus().publish('one', hot(3))
      expect(one.heard).toEqual([])
      await one.hears(1)
      one.leave()
    })

    test('who has left hears nothing, whoever stays does', async () => {
      const [leaving, staying] = [listen('one'), listen('one')]
      leaving.leave()
      leaving.leave()
      bus().publish('one', hot(4))
      await staying.hears(1)
      expect(staying.heard).toEqual([hot(4)])
      expect(leaving.heard).toEqual([])
      staying.leave()
    })
  })
}
