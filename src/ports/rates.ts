/** What one process took of one allowance since it last told. */
export interface RateTaken {
  /** Names the allowance and whose it is: the same in every process. */
  readonly key: string
  /** Milliseconds of the window that it took: the window's length divided by its quota, for each action. */
  readonly ms: number
  /** How long ago the first of it was taken: since then it has been coming back. */
  readonly agoMs: number
  readonly windowMs: number
}

/**
 * Allowances that all processes of an installation draw on. Each counts by itself and settles what it took every second, so
 * that no request waits for another process; what is lost here costs strictness, nothing else.
 */
export interface SharedRates {
  /**
   * [R1] Adds what was taken, and resolves, in the order given, to how many milliseconds pass until each allowance is whole
   * again, all processes together: from 0 to twice its window. [R2] What was taken comes back as time passes. [R3] Undefined
   * where that cannot be told now: never a refusal. At most `ratesSettledMax` at once.
   */
  settle(taken: readonly RateTaken[]): Promise<(number | undefined)[]>
}
