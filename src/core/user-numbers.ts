import type { UserId } from './ids.ts'

/** Slots of the smallest table; a power of two, as every table's. */
const slotsMin = 1_024

/**
 * The two-way table between user ids (53 bits) and the dense numbers, from 1 up, under which this engine keeps users in
 * rows, pages and rings. Two typed arrays: ids by number, and an open-addressing hash table of numbers that is at most
 * half full. 1M users take 16 to 25 MB; a look-up is one or two memory accesses. Users are never removed: a number is not
 * given twice.
 */
export class UserNumbers {
  #ids: Float64Array
  #slots: Uint32Array
  #size = 0
  #largest = 0

  /** `expected` users fit without growing. */
  constructor(expected = 0) {
    this.#ids = new Float64Array(Math.max(slotsMin / 2, expected + 1))
    this.#slots = new Uint32Array(slotsFor(expected))
  }

  get size(): number {
    return this.#size
  }

  /** The largest number given; 0 when there is no user. */
  get largest(): number {
    return this.#largest
  }

  /** The user's number; 0 when there is none. */
  number(id: UserId): number {
    const slots = this.#slots
    const ids = this.#ids
    const mask = slots.length - 1
    let slot = hash(id) & mask
    for (;;) {
      const number = slots[slot]!
      if (number === 0 || ids[number] === id) return number
      slot = (slot + 1) & mask
    }
  }

  /** The user with this number; 0 when there is none. */
  id(number: number): UserId {
    return this.#ids[number] ?? 0
  }

  /** Adding a pair again changes nothing; a number or an id that is already paired otherwise is a bug. */
  add(number: number, id: UserId): void {
    if (!(number > 0 && id > 0)) throw new Error(`not a user number and id: ${number}, ${id}`)
    if (number >= this.#ids.length) this.#growIds(number)
    const present = this.number(id)
    if (present === number) return
    if (present !== 0 || this.#ids[number] !== 0) throw new Error(`user number ${number} or id ${id} is taken`)
    if ((this.#size + 1) * 2 > this.#slots.length) this.#growSlots()
    this.#ids[number] = id
    this.#place(number, id)
    this.#size++
    if (number > this.#largest) this.#largest = number
  }

  #place(number: number, id: UserId): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hash(id) & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = number
  }

  #growIds(number: number): void {
    const grown = new Float64Array(Math.max(number + 1, Math.ceil(this.#ids.length * 1.5)))
    grown.set(this.#ids)
    this.#ids = grown
  }

  #growSlots(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2)
    for (let number = 1; number <= this.#largest; number++) {
      const id = this.#ids[number]!
      if (id !== 0) this.#place(number, id)
    }
  }
}

function slotsFor(users: number): number {
  let slots = slotsMin
  while (slots < users * 2) slots *= 2
  return slots
}

/** Mixes all 53 bits: ids of one moment differ in few of them. The finaliser steps are MurmurHash3's. */
function hash(id: UserId): number {
  let h = (id >>> 0) ^ Math.imul((id / 4294967296) >>> 0, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
