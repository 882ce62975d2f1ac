/** Waits for a condition, not for a time: looks again until it holds, and throws when it does not within `ms`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  ms = 5_000,
  what = 'the condition',
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what} did not hold within ${ms} ms`)
    await Bun.sleep(1)
  }
}

/** Resolves after that time: for what a fault lasts, never for what a test waits for. */
export function lasting(ms: number): Promise<void> {
  return Bun.sleep(ms)
}
