/** Chance as a port, so that a simulation's failure replays from its seed. */
export interface Chance {
  /** Uniform in [0, 1). */
  number(): number
  /** A random integer from 1 to 2^48 − 1: epochs, builder's tokens. */
  epoch(): number
}

export const systemChance: Chance = {
  number: () => Math.random(),
  epoch() {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number]
    return (high & 0xffff) * 4294967296 + low || 1
  },
}
