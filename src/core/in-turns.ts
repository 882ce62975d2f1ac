/** Does `work` on every item, at most `atOnce` of them at a time. The first failure ends it, once what is under way has ended. */
export async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  let failed: { error: unknown } | undefined

  async function worker(): Promise<void> {
    while (next < items.length && failed === undefined) {
      try {
        await work(items[next++]!)
      } catch (error) {
        failed ??= { error }
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  if (failed !== undefined) throw failed.error
}
