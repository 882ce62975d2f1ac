import type { Engine } from '../ports/engine.ts'
import type { Timeline } from '../services/timeline.ts'

/** A mistake planted into every process of a run, to show that the simulation finds it. */
export interface Mistake {
  readonly name: string
  /** Ports as a process sees them. */
  readonly engine?: (engine: Engine) => Engine
  readonly timeline?: (timeline: Timeline, engine: Engine) => Timeline
}

export const mistakes: readonly Mistake[] = []
