import { sizeText } from '../../core/units.ts'
import { flag } from '../../options.ts'
import { readArguments } from '../arguments.ts'
import { dirOption, trialThere } from './command.ts'
import { inspect, type NodeView, type TrialView } from './inspect.ts'

const form = {
  name: 'cluster status',
  does: "Shows a trial cluster's nodes with their shares of the ring and their memory, and each stream",
  positionals: [],
  own: { dir: dirOption, json: flag({ flag: 'json', help: 'print it as JSON' }) },
  shared: [],
  notes: 'Exit status 1 when a node does not answer.',
}

export async function statusCommand(argv: readonly string[]): Promise<number> {
  const read = readArguments(form, argv)
  if ('help' in read) {
    process.stdout.write(read.help)
    return 0
  }
  const view = await inspect(trialThere(read.own.dir))
  process.stdout.write(read.own.json ? `${JSON.stringify(view)}\n` : text(view))
  return view.nodes.every((node) => node.state === 'up') ? 0 : 1
}

function text({ nodes, streams }: TrialView): string {
  const rows = [
    ['NODE', 'ADDRESS', 'STATE', 'MEMORY', 'VERSION', ''],
    ...nodes.map((node) => [
      node.name,
      node.address,
      node.state,
      node.residentBytes === undefined ? '-' : sizeText(node.residentBytes),
      node.version ?? '-',
      detail(node),
    ]),
  ]
  const streamRows = [
    ['STREAM', 'MESSAGES', 'SIZE', 'LEADER', 'REPLICAS'],
    ...streams.map(({ name, messages, bytes, leader, replicas, current }) => [
      name,
      String(messages),
      sizeText(bytes),
      leader ?? 'none',
      `${current} of ${replicas} up to date`,
    ]),
  ]
  return `${table(rows)}\n${streams.length === 0 ? 'no streams yet\n' : table(streamRows)}`
}

function detail({ ringShare, keys, usedBytes, leads, syncAlways }: NodeView): string {
  return [
    ringShare !== undefined && `owns ${(ringShare * 100).toFixed(1)} % of the ring`,
    keys !== undefined && `${keys} keys`,
    usedBytes !== undefined && `${sizeText(usedBytes)} of data`,
    leads && 'leads JetStream',
    syncAlways === false && 'does NOT sync always',
  ]
    .filter(Boolean)
    .join(', ')
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
