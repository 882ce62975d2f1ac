import type { Figure } from '../../../bench/figure.ts'
import bodies from '../../../bench/results/cluster-bodies.json' with { type: 'json' }
import deliver from '../../../bench/results/cluster-deliver.json' with { type: 'json' }
import clusterFetch from '../../../bench/results/cluster-fetch.json' with { type: 'json' }
import clusterPublish from '../../../bench/results/cluster-publish.json' with { type: 'json' }
import fetch from '../../../bench/results/fetch.json' with { type: 'json' }
import idle from '../../../bench/results/idle.json' with { type: 'json' }
import publish from '../../../bench/results/publish.json' with { type: 'json' }
import type { BenchmarkReport } from '../bench.ts'

/** Saved by `./rookery bench --save`; in the one file as of when it was built. */
const reports = [bodies, deliver, clusterFetch, clusterPublish, fetch, idle, publish] as unknown as BenchmarkReport[]

/** A figure that a plan goes by, and where it stands. */
export interface UsedFigure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** In the source folder. */
  readonly file: string
  readonly machine: string
  readonly date: string
}

/** The measured figures by name, and which of them were asked for. */
export class Figures {
  readonly used = new Map<string, UsedFigure>()

  /** Its rate or size, or one of its details. Undefined where no such detail was measured. */
  detail(name: string, detail: string): number | undefined {
    const [report, figure] = this.#find(name)
    const value = figure.details[detail]
    return typeof value === 'number' ? this.#note(report, `${name}, ${detail}`, value, '') : undefined
  }

  value(name: string): number {
    const [report, figure] = this.#find(name)
    return this.#note(report, name, figure.ours, figure.unit)
  }

  /** Cores of the machine on which it was measured: clients, engines and Rookery shared them. */
  cores(name: string): number {
    return Number.parseInt(this.#find(name)[0].machine, 10)
  }

  #find(name: string): [BenchmarkReport, Figure] {
    for (const report of reports) {
      const figure = report.figures.find((one) => one.name === name)
      if (figure !== undefined) return [report, figure]
    }
    throw new Error(`bench/results/ has no figure \`${name}\``)
  }

  #note({ benchmark, machine, date }: BenchmarkReport, name: string, value: number, unit: string): number {
    this.used.set(name, { name, value, unit, file: `bench/results/${benchmark}.json`, machine, date })
    return value
  }
}
