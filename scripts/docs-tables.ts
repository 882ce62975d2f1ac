import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reaches, targetText } from '../bench/figure.ts'
import type { BenchmarkReport } from '../src/cli/bench.ts'
import { options } from '../src/config.ts'
import { environmentName, type Option } from '../src/options.ts'

/** A text without what would end a cell. */
const cell = (text: string) => text.replaceAll('|', '\\|')

/** The table of options as Markdown: what API.md promises, and what each costs. */
export function optionsTable(): string {
  const rows = (Object.values(options) as Option<unknown>[]).map((option) => {
    const value = option.value ? ` ${option.value}` : ''
    const cells = [
      `\`--${option.flag}${value}\``,
      `\`${environmentName(option)}\``,
      option.shown,
      `${option.help}.`,
      option.cost,
    ]
    return `| ${cells.map(cell).join(' | ')} |`
  })
  return [
    '| option | environment | default | meaning | what it costs |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

/** The measured figures as Markdown, in the order of the benchmarks' files. */
export function benchmarksTable(folder: string): string {
  // A clone from before the first measurement has no such folder.
  const files = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.json')).sort()
  const reports = files.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as BenchmarkReport)
  const rows = reports.flatMap((report) =>
    report.figures.map((f) => {
      const aimed = Object.keys(f.atLeast).length > 0
      const verdict = !aimed ? '–' : reaches(f, f.goal) ? 'goal' : reaches(f, f.atLeast) ? 'yes' : '**no**'
      const amount = (n: number | undefined) => (n === undefined ? '–' : n.toLocaleString('en'))
      const cells = [
        f.name,
        `${amount(f.ours)} ${f.unit}`,
        amount(f.bare),
        f.ratio === undefined ? '–' : String(f.ratio),
        targetText(f.atLeast),
        targetText(f.goal),
        verdict,
        `${f.noisePercent} %`,
        report.date,
      ]
      return `| ${cells.map(cell).join(' | ')} |`
    }),
  )
  const what = reports.map((r) => `- **${r.benchmark}**: ${r.what}. Beside it: ${r.bare}.`)
  const machines = [...new Set(reports.map((r) => r.machine))]
  return [
    `Measured on: ${machines.join('; ')}.`,
    '',
    '| figure | ours | bare limit | ratio | at least | goal | reached | noise | date |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...what,
  ].join('\n')
}

/** The text with what stands between the two marks of `name` replaced. Throws when the marks are missing. */
export function withTable(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}: made by scripts/docs.ts -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`the marks of \`${name}\` are missing`)
  return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`
}
