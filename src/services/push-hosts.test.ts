import { expect, test } from 'bun:test'
import { pushesPerHostMax, pushesProvenMax, pushesUnprovenMax, pushJobsPerHostMax } from '../core/limits.ts'
import { createHosts, type Hosts, type Place } from './push-hosts.ts'

function takeAll(hosts: Hosts<number>): Place<number>[] {
  const places: Place<number>[] = []
  for (let place = hosts.take(); place !== undefined; place = hosts.take()) places.push(place)
  return places
}
/** Lets a host give that many answers in a row. */
function prove(hosts: Hosts<number>, host: string, answers: number): void {
  for (let i = 0; i < answers; i++) {
    hosts.put(host, 0)
    hosts.done(hosts.take()!, true)
  }
}

test('[W26] a new host has one place, and one more with each answer, up to its most', () => {
  const hosts = createHosts<number>()
  for (let i = 0; i < 200; i++) hosts.put('a', i)
  let places = takeAll(hosts)
  const width = [places.length]
  while (width.length < 7) {
    for (const place of places) hosts.done(place, true)
    places = takeAll(hosts)
    width.push(places.length)
  }
  expect(width).toEqual([1, 1, 2, 4, 8, 16, pushesPerHostMax])
  // One that gives no answer begins anew.
  for (const place of places) hosts.done(place, false)
  expect(takeAll(hosts)).toHaveLength(1)
})

test('[W26] hosts without answers share their own places, and take none of the others', () => {
  const hosts = createHosts<number>()
  prove(hosts, 'good', pushesPerHostMax)
  for (let i = 0; i < 10_000; i++) hosts.put(`hangs-${i}`, i)
  const hanging = takeAll(hosts)
  expect(hanging).toHaveLength(pushesUnprovenMax)
  for (let i = 0; i < 100; i++) hosts.put('good', i)
  const answered = takeAll(hosts)
  expect(answered.map(({ host }) => host)).toEqual(Array(pushesPerHostMax).fill('good'))
  // Those that hang give their places on to the next.
  for (const place of hanging) hosts.done(place, false)
  expect(takeAll(hosts).map(({ host }) => host)).toEqual(hanging.map((_, i) => `hangs-${pushesUnprovenMax + i}`))
})

test('[W26] hosts take turns, and a host’s own go in their order', () => {
  const hosts = createHosts<number>()
  for (const host of ['a', 'b', 'c']) prove(hosts, host, 2)
  for (const [i, host] of ['a', 'a', 'a', 'b', 'b', 'c'].entries()) hosts.put(host, i)
  expect(takeAll(hosts).map(({ host, job }) => `${host}${job}`)).toEqual(['a0', 'b3', 'c5', 'a1', 'b4'])
})

test('[W26] all hosts together have no more than the places that there are', () => {
  const hosts = createHosts<number>()
  const names = Array.from({ length: 10 }, (_, i) => `good-${i}`)
  for (const name of names) prove(hosts, name, pushesPerHostMax)
  for (const name of names) for (let i = 0; i < pushesPerHostMax; i++) hosts.put(name, i)
  expect(takeAll(hosts)).toHaveLength(pushesProvenMax)
})

test('what is more than a host may have is not taken', () => {
  const hosts = createHosts<number>()
  const taken = Array.from({ length: pushJobsPerHostMax + 5 }, (_, i) => hosts.put('a', i))
  expect(taken.filter(Boolean)).toHaveLength(pushJobsPerHostMax)
  expect(hosts.put('b', 0)).toBe(true)
})
