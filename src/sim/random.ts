import type { Chance } from '../ports/chance.ts'

/**
 * The simulation's only source of chance: sfc32 ("Small Fast Counter", Chris Doty-Humphrey's PractRand, 128 bits of
 * state), seeded through splitmix32 so that neighbouring seeds have nothing in common.
 */
export class Random implements Chance {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number) {
    let s = (seed ^ Math.floor(seed / 4294967296)) | 0
    const split = () => {
      s = (s + 0x9e3779b9) | 0
      let t = Math.imul(s ^ (s >>> 16), 0x21f0aaad)
      t = Math.imul(t ^ (t >>> 15), 0x735a2d97)
      return t ^ (t >>> 15)
    }
    this.#a = split()
    this.#b = split()
    this.#c = split()
    for (let i = 0; i < 12; i++) this.bits()
  }

  /** 32 random bits, unsigned. */
  bits(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t
    return t >>> 0
  }

  number(): number {
    return this.bits() / 4294967296
  }

  epoch(): number {
    return (this.bits() & 0xffff) * 4294967296 + this.bits() || 1
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.number() * (high - low + 1))
  }

  /** True with probability `p`. */
  happens(p: number): boolean {
    return this.number() < p
  }

  /** One of the items, each as likely as the others. The list must not be empty. */
  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.number() * items.length)]!
  }

  /** Waiting time of a memoryless process with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.number())
  }

  /** A generator of its own, so that one use of chance does not shift another's draws. */
  fork(): Random {
    return new Random(this.bits() * 2097152 + (this.bits() >>> 11))
  }
}
