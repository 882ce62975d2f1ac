/** Where progress is written: standard error, or what a test gives. */
export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** A bar is drawn again after this at the earliest. */
const redrawMs = 100
const barWidth = 30

/**
 * Shows how far a long command is: one line that is drawn again and again on a terminal, else one line for each step.
 * `end` closes the line.
 */
export function createProgress(terminal: Terminal = process.stderr, now: () => number = () => performance.now()) {
  let current = ''
  let stepBegan = 0
  let drawnAt = Number.NEGATIVE_INFINITY

  function seconds(): string {
    return `${((now() - stepBegan) / 1_000).toFixed(1)} s`
  }

  function finishLine(): void {
    if (current === '') return
    if (terminal.isTTY) terminal.write(`\r\x1b[K${current}: ${seconds()}\n`)
  }

  return {
    /** `done` of `all` of this step; 0 of 0 when that is not known. */
    show(step: string, done: number, all: number): void {
      if (step !== current) {
        finishLine()
        current = step
        stepBegan = now()
        drawnAt = Number.NEGATIVE_INFINITY
        if (!terminal.isTTY) terminal.write(`${step} …\n`)
      }
      if (!terminal.isTTY || now() - drawnAt < redrawMs) return
      drawnAt = now()
      const share = all > 0 ? Math.min(1, done / all) : 0
      const full = Math.round(share * barWidth)
      const bar = all > 0 ? ` ${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${Math.floor(share * 100)} %` : ' …'
      terminal.write(`\r\x1b[K${step}${bar}`.slice(0, (terminal.columns ?? 80) + 4))
    },
    end(): void {
      finishLine()
      current = ''
    },
  }
}
