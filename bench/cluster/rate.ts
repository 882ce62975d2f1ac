/** Calls a second, with so many always under way, after a warm-up of a fifth of the time. */
export async function ratePerSecond(inFlight: number, seconds: number, call: () => Promise<unknown>): Promise<number> {
  const until = performance.now() + seconds * 1_200
  const from = performance.now() + seconds * 200
  let counted = 0
  const one = async () => {
    while (performance.now() < until) {
      await call()
      const now = performance.now()
      if (now >= from && now < until) counted++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, one))
  return counted / seconds
}
