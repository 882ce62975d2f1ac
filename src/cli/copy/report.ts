import { type Compared, isSame } from './compare.ts'
import type { Copied } from './run.ts'

export interface Ends {
  readonly from: string
  readonly to: string
}

const number = (n: number) => n.toLocaleString('en-US')
const rounded = (n: number) => Math.round(n * 1_000) / 1_000
const perSecond = (rows: number, seconds: number) => Math.round(rows / Math.max(seconds, 0.001))

/** One row a kind, then what it came to. */
export function reportText(copied: Copied, { from, to }: Ends): string {
  const { compared, rows, seconds, same } = copied
  const table = [['kind', 'rows', 'checksum', ''], ...compared.map(cellsOf)]
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((cells) => cells[column]!.length)))
  const lines = table.map(([kind = '', count = '', checksum = '', says = '']) =>
    `${kind.padEnd(widths[0]!)}  ${count.padStart(widths[1]!)}  ${checksum.padEnd(widths[2]!)}  ${says}`.trimEnd(),
  )
  for (const miscount of copied.miscounts) {
    lines.push(`${to} counts ${number(miscount.count)} ${miscount.name}, of which it has ${number(miscount.rows)}`)
  }
  const speed = rows > 0 ? `, ${number(perSecond(rows, seconds.copying))} a second` : ''
  lines.push(
    `copied ${number(rows)} rows in ${seconds.copying.toFixed(1)} s${speed}; compared both sides in ${seconds.comparing.toFixed(1)} s`,
  )
  if (same) lines.push(`${to} is whole. Serve it from now on, and ${from} no more: the two must not both go on.`)
  return `${lines.join('\n')}\n`
}

function cellsOf(one: Compared): string[] {
  const { kind, from, to } = one
  if (isSame(one)) return [kind, number(to.rows), to.checksum, 'same']
  return [kind, number(to.rows), to.checksum, `differs: ${number(from.rows)} rows, ${from.checksum} at the source`]
}

export function reportJson(copied: Copied, ends: Ends): string {
  const { seconds, compared, ...rest } = copied
  return `${JSON.stringify({
    ...ends,
    ...rest,
    seconds: { copying: rounded(seconds.copying), comparing: rounded(seconds.comparing) },
    rowsPerSecond: perSecond(copied.rows, seconds.copying),
    compared: compared.map((one) => ({ ...one, same: isSame(one) })),
  })}\n`
}

/** What differs, in a sentence for the end. */
export function differsSentence({ compared, miscounts }: Copied, { to }: Ends): string {
  const kinds = compared.filter((one) => !isSame(one)).map(({ kind }) => kind)
  const what = [...kinds, ...miscounts.map(({ name }) => `the count of ${name}`)].join(', ')
  return `Both sides differ in ${what}: one of them was changed since the copy began, so copy again into an empty place and do not serve ${to}.`
}
